#!/bin/sh
# Measures this machine's GPU: adapters, results against float64, times, and PyTorch beside them. Needs nothing but a driver.
#
#   ./run.sh [--icd FILE] [--out FOLDER] [--adapter NAME] [--software] [--tune] [--python COMMAND]
#
#   --icd FILE   the driver's Vulkan manifest (nvidia_icd.json), where the loader does not find it by itself
#   --tune       times each step once more with the kernels that `tune` finds to be fastest on this GPU: some minutes more
set -eu
here=$(cd "$(dirname "$0")" && pwd)
if [ "${1:-}" = --icd ]; then
  export VK_DRIVER_FILES="$2" VK_ICD_FILENAMES="$2"
  shift 2
fi
case " $* " in *' --software '*) export VK_DRIVER_FILES="$here/lib/vk_swiftshader_icd.json" VK_ICD_FILENAMES="$here/lib/vk_swiftshader_icd.json" ;; esac
[ -x "$here/node" ] || { gunzip -c "$here/node.gz" > "$here/node" && chmod +x "$here/node"; }
# The system's loader of Vulkan drivers comes first; the one in this folder is for machines without.
if ! ldconfig -p 2>/dev/null | grep -q 'libvulkan\.so\.1'; then
  export LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$here/lib"
fi
exec "$here/node" "$here/app/dist/bench/gpu/run.js" --torch "$here/torch_steps.py" --out "$here/results" "$@"
