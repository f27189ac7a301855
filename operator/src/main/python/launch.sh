#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Starts the runner with the interpreter of the user's own command where there is one (--command=), else with the one that the
# image's Alembic belongs to: the one in the first line of the "alembic" script on the PATH; else with python3, else with python.
# Arguments go through unchanged.
here=$(dirname "$0")

# The interpreter that a script names. Installers write "#!/bin/sh" and then '''exec' /long/path/python when the first line
# would be too long or has blanks in it.
interpreter_of() {
    { IFS= read -r first; IFS= read -r second; } <"$1" 2>/dev/null
    case $first in
        '#!/bin/sh'*) first=$(printf '%s\n' "$second" | sed -n "s/^'''exec' *\"\{0,1\}'\{0,1\}\([^\"']*[^\"' ]\)[\"']\{0,1\} *\"\\\$0\".*/\1/p") ;;
        '#!'*'/env '*) first=${first#*/env }; first=${first#-S }; first=$(command -v "${first%% *}") ;;
        '#!'*) first=${first#\#!}; first=${first# }; first=${first%% *} ;;
        *) first= ;;
    esac
    printf '%s\n' "$first"
}

# The interpreter of a command's first word: it is one itself, or a script for one.
interpreter_of_command() {
    case ${1##*/} in
        python* | pypy*) found=$(command -v "$1") ;;
        *) found=$(command -v "$1" 2>/dev/null) && [ -r "$found" ] && found=$(interpreter_of "$found") ;;
    esac
    case ${found##*/} in python* | pypy*) printf '%s\n' "$found" ;; esac
}

python=
for argument in "$@"; do
    case $argument in --command=?*) python=$(interpreter_of_command "${argument#--command=}"); break ;; esac
done
if [ -z "$python" ] || [ ! -x "$python" ]; then
    script=$(command -v alembic 2>/dev/null) && [ -r "$script" ] && python=$(interpreter_of "$script")
fi
[ -n "$python" ] && [ -x "$python" ] || python=$(command -v python3) || python=$(command -v python)

if [ -n "$python" ]; then
    exec "$python" "$here/runner.pyz" "$@"
fi

report=/dev/termination-log
for argument in "$@"; do
    case $argument in --report=?*) report=${argument#--report=} ;; esac
done
message='the image has no alembic, python3 or python on its PATH; set alembic.python to its interpreter'
printf '{"version":1,"action":"%s","phase":"done","outcome":"refused","error":{"kind":"PythonNotFound","message":"%s","retryable":false}}' \
    "$1" "$message" >"$report"
printf 'alembic-operator: PythonNotFound: %s\n' "$message" >&2
exit 3
