#!/bin/sh
# Puts this folder's schedules in force, as timers of your user; run it again after moving the folder.
#   schedules/install.sh            install and start the timers
#   schedules/install.sh --cron     print lines for `crontab -e` instead
#   schedules/install.sh --remove   stop the timers and remove them
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
units=${XDG_CONFIG_HOME:-$HOME/.config}/systemd/user
enabled="words-daily words-fortnightly words-every-3-days words-every-7-hours words-every-50-minutes words-every-5-months"
disabled="words-month-ends"

if [ "${1:-}" = --remove ]; then
    for unit in $enabled $disabled; do
        systemctl --user disable --now "$unit.timer" || true
        rm -f "$units/$unit.timer" "$units/$unit.service"
    done
    exec systemctl --user daemon-reload
fi

pipelift=$(command -v "${PIPELIFT:-pipelift}") || { echo "pipelift is not on the PATH" >&2; exit 1; }
case "$here$pipelift$PATH" in
    *[\"%\\\$\|\&]*) echo "a path holds a character that units cannot: \" % \\ \$ | &" >&2; exit 1 ;;
esac
fill() { sed -e "s|@DIRECTORY@|$here|g" -e "s|@PIPELIFT@|$pipelift|g" -e "s|@PATH@|$PATH|g" "$1"; }

if [ "${1:-}" = --cron ]; then
    fill "$here/schedules/crontab.txt"
    exit 0
fi
mkdir -p "$units"
for unit in $enabled $disabled; do
    fill "$here/schedules/$unit.service" > "$units/$unit.service"
    cp "$here/schedules/$unit.timer" "$units/$unit.timer"
done
systemctl --user daemon-reload
for unit in $enabled; do systemctl --user enable --now "$unit.timer"; done
for unit in $disabled; do systemctl --user disable --now "$unit.timer"; done
echo "timers that run while you are logged out as well: loginctl enable-linger"
