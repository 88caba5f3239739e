#!/bin/sh
# Schedule every-50-minutes: starts a run if one is due. The timer and the cron line call this.
set -eu
now=$(date +%s)
[ "$now" -ge 1704068100 ] || exit 0
[ $(((now / 60 - 28401135) % 50)) -eq 0 ] || exit 0
cd "$(dirname "$0")/.."
exec "${PIPELIFT:-pipelift}" deploy .
