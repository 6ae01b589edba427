# Shared by script/server and script/test: finds a Python that the portal runs on.
# Sourced with the repository as working directory; sets $python.

suits() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null
}

python=
for candidate in "${PYTHON:-}" python3 python3.13 python3.12 python3.11; do
    if [ -n "$candidate" ] && suits "$candidate"; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    echo "Python 3.11, 3.12 or 3.13 is needed and none was found." >&2
    echo "Install one (Debian 12: apt-get install python3) or name it: PYTHON=/path/to/python3 $0" >&2
    exit 1
fi
