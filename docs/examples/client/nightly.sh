#!/bin/sh
# For cron, on a machine of an operator: follow the feed, say what hits the system, send receipts.
# SBOM is the system's SBOM, as your build writes it. Says nothing when there is nothing to do;
# cron mails the rest.
set -u
seawall sync --quiet || exit $?
seawall check "$SBOM" --strict > "$SBOM.seawall.txt" 2>&1
found=$?
[ "$found" -eq 0 ] || cat "$SBOM.seawall.txt"
[ -z "${SEAWALL_SEND:-}" ] || seawall receipt send > /dev/null
exit "$found"
