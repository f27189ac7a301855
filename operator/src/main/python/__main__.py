# SPDX-License-Identifier: Apache-2.0
"""Entry of the zip archive. Its syntax is understood by any Python, so that an old one gets a sentence and not a traceback."""

import sys

if sys.version_info < (3, 8):
    import json

    path = "/dev/termination-log"
    for argument in sys.argv[1:]:
        if argument.startswith("--report="):
            path = argument[len("--report=") :]
    message = (
        "the image's Python is %d.%d, and the runner needs 3.8 or newer; set alembic.python to a newer interpreter"
        % sys.version_info[:2]
    )
    error = {"kind": "PythonNotFound", "message": message, "retryable": False}
    with open(path, "w") as report:
        json.dump({"version": 1, "action": sys.argv[1], "phase": "done", "outcome": "refused", "error": error}, report)
    sys.exit(3)

from alembic_operator_runner.main import main

# User code must not find our package, or anything else in the archive, by accident. Modules that we import later are found by
# the package's own path.
sys.path[:] = [entry for entry in sys.path if entry != sys.argv[0]]

sys.exit(main(sys.argv[1:]))
