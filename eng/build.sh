#!/usr/bin/env bash
# build.sh ARGUMENTS: `dotnet build`, with one compiler process for all projects. Where none is kept running, each
# project would start its own, and the starts take most of the time. This one listens in a folder of its own, so that
# another build's is neither used nor ended, and ends with the build.
set -u
scratch=$(mktemp -d "${TMPDIR:-/tmp}/ccr-build.XXXXXX") || exit 2
own=(env "TMPDIR=$scratch" UseSharedCompilation=true MSBUILDDISABLENODEREUSE=1)
trap '"${own[@]}" dotnet build-server shutdown --vbcscompiler >/dev/null 2>&1; rm -rf "$scratch"' EXIT
"${own[@]}" dotnet build "$@"
