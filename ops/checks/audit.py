"""Asks an advisory service about every pinned package; where none can be reached it says so, loudly, and does not fail."""

import json
import re
import subprocess
import sys
from pathlib import Path

_PINS = Path(__file__).resolve().parents[2] / "requirements" / "dev.txt"
_UNREACHABLE = re.compile(r"ConnectionError|ConnectTimeout|ReadTimeout|ServiceError|NameResolutionError|ProxyError|SSLError")


def main() -> int:
    """0: nothing known against any pin, or nobody to ask. 1: a vulnerability, or the audit itself is broken."""
    # --disable-pip and --require-hashes: the pins are audited as they stand, nothing is resolved or installed.
    options = ["--disable-pip", "--require-hashes", "--vulnerability-service", "osv", "--timeout", "10"]
    command = [sys.executable, "-m", "pip_audit", "-r", str(_PINS), *options, "--progress-spinner", "off", "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (json.JSONDecodeError, KeyError):
        if _UNREACHABLE.search(done.stderr):
            print("audit: NOT DONE, the advisory service can't be reached from here", file=sys.stderr)
            return 0
        print(done.stderr, file=sys.stderr)
        return 1
    found = [(package, flaw) for package in packages for flaw in package.get("vulns", [])]
    for package, flaw in found:
        fixed = ", ".join(flaw["fix_versions"]) or "no release yet"
        print(f"audit: {package['name']} {package['version']} has {flaw['id']}; mended in {fixed}", file=sys.stderr)
    print(f"audit: {len(packages)} packages asked about, {len(found)} vulnerabilities known")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
