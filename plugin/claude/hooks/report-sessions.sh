#!/bin/sh
# What this prints goes into Claude's context at the start: the user's own sessions that are alive.
command -v profclaw >/dev/null 2>&1 || exit 0
sessions=$(PROFCLAW_NO_AUTOSTART=1 profclaw agent sessions 2>/dev/null) || exit 0
[ -n "$sessions" ] || exit 0
echo "profclaw sessions of the user that are alive (tools: tasks, wait, inbox):"
echo "$sessions"
