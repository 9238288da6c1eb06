{{ staged_refreshes('refresh') }}
