#!/bin/sh
# Writes Ccr.sln anew: every project of src, tests, bench and samples. Run it after adding one.
set -eu
cd "$(dirname "$0")/.."
rm -f Ccr.sln
dotnet new sln --format sln -n Ccr >/dev/null
find src tests bench samples -name '*.csproj' 2>/dev/null | LC_ALL=C sort | xargs dotnet sln Ccr.sln add >/dev/null
