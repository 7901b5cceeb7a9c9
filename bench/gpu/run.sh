#!/usr/bin/env bash
# Unpacks a bundle of `trainer pack` on a bare Linux host (NVIDIA driver, no network, no Node) and runs what is named:
#   run.sh PART...    env | rows | search | conformance | counterpart | step | short | plain | decode | robust
# Every part has its own time limit, writes $OUT/PART.txt, and a short table comes last. As root: the Vulkan loader is
# unpacked into /.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=${WORK:-/tmp/rusta-gpu}
out=${OUT:-$work/out}
mkdir -p "$work" "$out"
cd "$here" || exit 1

python3 - "$here" "$work" <<'P'
import lzma, os, shutil, sys
here, work = sys.argv[1:]
for name, target in (('node', 'node'), ('dawn.node', 'app/node_modules/webgpu/dist/linux-x64/dawn.node')):
    path = os.path.join(work, target)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if not os.path.exists(path):
        with lzma.open(os.path.join(here, name + '.xz')) as packed, open(path, 'wb') as plain:
            shutil.copyfileobj(packed, plain)
        os.chmod(path, 0o755)
P
cp -r app/. "$work/app/"
ldconfig -p | grep -q libvulkan || { for each in debs/*.deb; do dpkg -x "$each" /; done; ldconfig; }
driver=$(ls /usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json /usr/share/vulkan/icd.d/nvidia_icd*.json /etc/vulkan/icd.d/nvidia_icd*.json 2>/dev/null | head -n 1)
export VK_DRIVER_FILES=$driver XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-/tmp} NO_COLOR=1
node=$work/node
cd "$work/app" || exit 1

part() { # name seconds command...
  local name=$1 seconds=$2
  shift 2
  timeout --kill-after=5 "$seconds" "$@" >"$out/$name.txt" 2>&1
  local status=$?
  [ $status -eq 0 ] || echo "# $name ended with status $status" >>"$out/$name.txt"
}
for name in "$@"; do
  case $name in
    env) part env 30 nvidia-smi --query-gpu=name,driver_version,clocks.sm,clocks.max.sm,memory.total --format=csv,noheader ;;
    rows) part rows 110 "$node" rows.mjs --seconds 90 --json "$out/rows.json" ;;
    search) part search 150 "$node" rows.mjs --search --seconds 135 ;;
    conformance) part conformance 100 "$node" conformance.mjs ;;
    decode) part decode 40 "$node" decode.mjs ;;
    robust) part robust 50 "$node" rows.mjs 4096x4096x4096 --robust --seconds 40 ;;
    counterpart) part counterpart 80 python3 counterpart.py ;;
    step) part step 90 "$node" step.mjs --steps 40 --profile ;;
    short) part short 40 "$node" step.mjs --sequences 8 --length 1024 --layers 4 --steps 100 ;;
    plain) part plain 60 "$node" step.mjs --sequences 8 --length 1024 --layers 4 --steps 100 --precision f32 ;;
    *) echo "no part named $name" ;;
  esac
done
for name in "$@"; do
  echo "== $name"
  grep -v '^•' "$out/$name.txt" | cut -c1-200 | tail -n "${LINES_EACH:-60}"
done
