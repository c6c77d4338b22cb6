#!/usr/bin/env bash
# `./ccr native [DIR]`: the services and ccrctl as native code, which needs no .NET where it runs.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
artifacts=${CCR_ARTIFACTS:-$root/artifacts}
target=$(realpath -m "${1:-$artifacts/native/programs}")
case $(uname -s)-$(uname -m) in
  Linux-x86_64) runtime=linux-x64 ;;
  Linux-aarch64) runtime=linux-arm64 ;;
  *) echo "native: on this system publish by hand: dotnet publish src/Ccrctl -p:PublishAot=true" >&2 && exit 2 ;;
esac
command -v clang >/dev/null || command -v gcc >/dev/null \
  || { echo "native: the linking is done by clang or gcc, and there is neither: install one of them." >&2 && exit 2; }

mkdir -p "$target" "$artifacts/native"
for project in Services/Manager Services/Location Services/Files Node Ccrctl; do
  echo "native: $project ..." >&2
  dotnet publish "$root/src/$project" -c Release -o "$target" -r $runtime -p:PublishAot=true -v q --nologo \
    -p:CopyOutputSymbolsToPublishDirectory=false -p:DebugType=none \
    "-p:ArtifactsPath=$artifacts/native/build" >"$artifacts/native/publish.log" 2>&1 \
    || { cat "$artifacts/native/publish.log" >&2 && echo "native: $project cannot be published." >&2 && exit 1; }
done
echo "$target"
