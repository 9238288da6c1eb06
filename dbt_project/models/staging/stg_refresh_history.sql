{{ staged_refreshes('refresh_history') }}
