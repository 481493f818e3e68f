"""Programs that tests start, disturb and wait for."""

import signal
import subprocess
import sys


def interrupted(folder, environment, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run namegen and press Ctrl-C after an epoch."""
    command = [sys.executable, "-m", "namegen", *arguments]
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    seen = ""
    while "epoch " not in seen:
        line = process.stderr.readline()
        assert line, seen
        seen += line
    process.send_signal(signal.SIGINT)
    try:
        out, rest = process.communicate(timeout=60)
    finally:
        process.kill()
    return subprocess.CompletedProcess(command, process.returncode, out, seen + rest)
