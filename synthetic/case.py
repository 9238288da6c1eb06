"""One synthetic patient as clinical facts, before dates, identifiers and files."""

from __future__ import annotations

from dataclasses import dataclass

MAXIMUM_NIHSS = 42


@dataclass
class Bleeding:
    """An intracranial hemorrhage: Heidelberg class, hours after the procedure, NIHSS change."""

    hemorrhage_type: str
    hours: float
    nihss_change: int


@dataclass
class Case:
    """Codes are those of the code lists; None is unknown; times are minutes from onset."""

    etiology: str
    prestroke_mrs: int
    age: int
    is_male: bool
    hypertension: bool
    diabetes: bool
    dyslipidemia: bool
    coronary_artery_disease: bool
    atrial_fibrillation: bool
    smoking: bool
    platelets: int | None
    glucose: float | None
    systolic_bp: int | None
    nihss: int
    aspects: int | None
    onset_to_admission: int
    onset_to_puncture: int
    duration: int
    occlusion_site: str
    ivt: bool | None
    anesthesia: str
    device: str
    passes: int
    residual_stenosis: int
    mtici_after_mt: str
    rescue_stent: str
    mtici_final: str
    balloon_angioplasty: bool
    tirofiban: bool
    artery_perforation: bool
    bleeding: Bleeding | None
    mrs: int | None
    death_day: int | None

    @property
    def is_lost(self) -> bool:
        """Whether the outcome is unknown."""
        return self.mrs is None

    @property
    def has_stent(self) -> bool:
        """Whether a rescue stent was placed."""
        return self.rescue_stent == "placed"
