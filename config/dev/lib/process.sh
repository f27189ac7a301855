# Daemons: each in a session of its own, with a pid file, stopped by that pid.
# $RUN holds the pid files, $LOGS what they say.
# shellcheck shell=bash

# start NAME COMMAND...: unless it runs already.
start() {
  local name=$1
  shift
  alive "$name" && return
  mkdir -p "$RUN/pids" "$LOGS"
  setsid "$@" 9>&- </dev/null >>"$LOGS/$name.log" 2>&1 &
  echo "$! $(start_time $!)" >"$RUN/pids/$name"
}

# A pid alone may be another process by now; with the time of its start it cannot.
alive() {
  local pid started
  [[ -f $RUN/pids/$1 ]] || return 1
  read -r pid started <"$RUN/pids/$1" || return 1
  [[ -n $started && $(start_time "$pid") == "$started" ]]
}

# The 22nd field of /proc/PID/stat; the second, in brackets, may hold blanks.
# Nothing for a process that has ended, though nobody has collected it yet.
start_time() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
  stat=${stat##*) }
  [[ $stat == Z* ]] || cut -d' ' -f20 <<<"$stat"
}

stop() {
  local pid _ tries
  if alive "$1"; then
    read -r pid _ <"$RUN/pids/$1"
    kill -TERM "$pid" 2>/dev/null || true
    for ((tries = 0; tries < 100; tries++)); do
      alive "$1" || break
      sleep 0.1
    done
    if alive "$1"; then kill -KILL "$pid" 2>/dev/null || true; fi
  fi
  rm -f "$RUN/pids/$1"
}

# Waits until a daemon does its work, or says how it ended: wait_for_daemon NAME SECONDS COMMAND...
wait_for_daemon() {
  local name=$1 limit=$((SECONDS + $2)) done=no
  shift 2
  while [[ $done == no ]]; do
    if "$@" >/dev/null 2>&1; then done=yes; else sleep 0.1; fi
    # Asked after the command: an answer may have come from another program on the same port.
    if ! alive "$name"; then
      tail -n 3 "$LOGS/$name.log" >&2
      die "$name has ended; these are the last lines of $LOGS/$name.log"
    fi
    ((SECONDS < limit)) || die "waited in vain for $name; its log is $LOGS/$name.log"
  done
}
