#!/bin/sh
# Shown to the user when Claude stops: sessions that wait for a yes or no.
command -v profclaw >/dev/null 2>&1 || exit 0
waiting=$(PROFCLAW_NO_AUTOSTART=1 profclaw approvals --json 2>/dev/null) || exit 0
case $waiting in
  *'"approvals": []'*) exit 0 ;;
  *'"session_id"'*) echo '{"systemMessage":"profclaw: sessions ask for leave. See them: profclaw approvals"}' ;;
esac
