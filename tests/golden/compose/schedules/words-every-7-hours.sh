#!/bin/sh
# Schedule every-7-hours: starts a run if one is due. The timer and the cron line call this.
set -eu
now=$(date +%s)
[ "$now" -ge 1704068100 ] || exit 0
[ $(((now / 60 - 28401135) % 420)) -eq 0 ] || exit 0
cd "$(dirname "$0")/.."
exec "${PIPELIFT:-pipelift}" deploy .
