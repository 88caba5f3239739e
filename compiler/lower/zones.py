"""Windows' names of time zones as IANA names."""

from __future__ import annotations

_TODAY = {
    "Etc/UTC": "UTC",
    "America/Buenos_Aires": "America/Argentina/Buenos_Aires",
    "America/Godthab": "America/Nuuk",
    "America/Indianapolis": "America/Indiana/Indianapolis",
    "Asia/Calcutta": "Asia/Kolkata",
    "Asia/Katmandu": "Asia/Kathmandu",
    "Asia/Rangoon": "Asia/Yangon",
    "Europe/Kiev": "Europe/Kyiv",
}
"""CLDR never changes its names; systems without the package of old names know only those of today."""

_FORMER = {"Kamchatka Standard Time": "Asia/Kamchatka", "Mid-Atlantic Standard Time": "Etc/GMT+2"}
"""Zones that Windows calls old and CLDR omits; the SDK still has them."""


def find_iana_zone(windows: str) -> str:
    """The IANA zone of a Windows zone, from CLDR's table windowsZones (territory 001) in tzlocal.

    Raises `KeyError` for an unknown name.
    """
    if windows in _FORMER:
        return _FORMER[windows]
    from tzlocal.windows_tz import win_tz  # only pipelines with schedules need it

    zone: str = win_tz[windows]
    return _TODAY.get(zone, zone)
