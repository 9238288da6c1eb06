"""Whom alerts go to, and how; a part of the installation's settings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import NoDecode

USUAL_PORTS = {"none": 25, "starttls": 587, "tls": 465}


def _addresses(value: Any) -> Any:
    """Addresses separated by commas, as they are written in the environment."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _with_at_sign(addresses: tuple[str, ...]) -> tuple[str, ...]:
    for address in addresses:
        if "@" not in address.strip("@") or " " in address:
            raise ValueError(f"{address!r} is no mail address")
    return addresses


def _of_web(url: SecretStr) -> SecretStr:
    """The address itself may hold a secret and is not repeated."""
    if not url.get_secret_value().startswith(("http://", "https://")):
        raise ValueError("the address of a webhook begins with https:// or http://")
    return url


Addresses = Annotated[
    tuple[str, ...], NoDecode, BeforeValidator(_addresses), AfterValidator(_with_at_sign)
]
Webhook = Annotated[SecretStr, AfterValidator(_of_web)]


class AlertSettings(BaseModel):
    """Settings of the alerts. Without an address or webhook, nothing is sent."""

    alert_operator_mail: Addresses = Field(
        (), description="Addresses notified of failed, interrupted and missed refreshes."
    )
    alert_data_manager_mail: Addresses = Field(
        (), description="Addresses notified of violations and of deliveries that are not used."
    )
    alert_operator_webhook: Webhook | None = Field(
        None, description="URL that gets the operator's alerts as JSON (POST)."
    )
    alert_data_manager_webhook: Webhook | None = Field(
        None, description="URL that gets the data manager's alerts as JSON (POST)."
    )
    alert_ca_file: Path | None = Field(
        None,
        description="Certificates (PEM) of the building's own authority.",
    )
    mail_host: str | None = Field(None, description="The mail server (SMTP).")
    mail_port: int | None = Field(None, description="Its port; else 587, 465 (tls) or 25 (none).")
    mail_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="How the connection to the mail server is encrypted."
    )
    mail_sender: str = Field("", description="The address that mail comes from.")
    mail_user: str | None = Field(None, description="User name at the mail server, if it asks.")
    mail_password: SecretStr | None = Field(
        None, description="Its password; mail_password_file keeps it out of the environment."
    )
    mail_password_file: Path | None = Field(None, description="File that holds the password.")

    @model_validator(mode="after")
    def _can_be_sent(self) -> AlertSettings:
        if (self.alert_operator_mail or self.alert_data_manager_mail) and not (
            self.mail_host and self.mail_sender
        ):
            raise ValueError("alerts by mail need mail_host and mail_sender as well")
        if self.mail_user and self.mail_security == "none":
            raise ValueError("mail_user needs mail_security starttls or tls: no password in clear")
        return self

    @property
    def mail_server_port(self) -> int:
        """The port of the mail server, the usual one of its encryption where none is set."""
        return self.mail_port or USUAL_PORTS[self.mail_security]
