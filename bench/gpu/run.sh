#!/usr/bin/env bash
# Unpacks a bundle of `trainer pack` on a bare Linux host (NVIDIA driver, no network, no Node) and runs what is named:
#   run.sh all | PART...
#     env          the card and its clocks            conformance  every op against f64 (npm run test:gpu)
#     agree        kernels on matrices against plain  parity       200 steps: CPU, GPU in f32 and f16, PyTorch
#     flat         memory over 1,000 steps            step         the training step of the 33.8M model
#     rows         single ops, rates                  counterpart  PyTorch's times of the same
#     decode       int8 against f16, 350M             windows      values over 2 GiB
#     robust       with Dawn's bounds checks          peers        other WebGPU engines, f32 product
#     torchstep    PyTorch's compiled step (after step)
#     search       variants of the kernels, not in `all`
# Every part has its own time limit, and `all` ends within 9 minutes; each writes $OUT/PART.txt. A short table comes last.
# As root: the Vulkan loader is unpacked into /. SIZE=small tries the whole on a software adapter: see docs/GPU.md.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=${WORK:-/tmp/rusta-gpu}
out=${OUT:-$work/out}
mkdir -p "$work" "$out"
cd "$here" || exit 1
until=$((SECONDS + ${SECONDS_IN_ALL:-525}))

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
if [ -z "${VK_DRIVER_FILES:-}" ]; then
  ldconfig -p | grep -q libvulkan || { for each in debs/*.deb; do dpkg -x "$each" /; done; ldconfig; }
  VK_DRIVER_FILES=$(ls /usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json /usr/share/vulkan/icd.d/nvidia_icd*.json /etc/vulkan/icd.d/nvidia_icd*.json 2>/dev/null | head -n 1)
fi
export VK_DRIVER_FILES XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-/tmp} NO_COLOR=1
node=$work/node
cd "$work/app" || exit 1

declare -A said
part() { # name seconds command...
  local name=$1 seconds=$2 left=$((until - SECONDS)) begun=$SECONDS status=0
  shift 2
  if [ $left -lt 5 ]; then
    said[$name]='left out: time is up'
    echo "# left out: time is up" >"$out/$name.txt"
    return
  fi
  [ "$seconds" -le $left ] || seconds=$left
  timeout --kill-after=5 "$seconds" "$@" >"$out/$name.txt" 2>&1 || status=$?
  said[$name]="$([ $status -eq 0 ] && echo ok || echo "FAILED with status $status") in $((SECONDS - begun)) s"
  [ $status -eq 0 ] || echo "# $name ended with status $status" >>"$out/$name.txt"
}
parity() {
  local small=() steps=${PARITY_STEPS:-200}
  [ "${SIZE:-}" != small ] || small=(--small)
  "$node" parity.mjs --out "$out/parity" --steps "$steps" ${small[@]+"${small[@]}"} || return
  python3 -c 'import torch' 2>/dev/null || { echo 'PyTorch is not here: no counterpart'; return; }
  python3 bytelm.py "$out/parity" $steps 50 --f32 --eager --losses "$out/parity/torch-f32.json" || return
  python3 bytelm.py "$out/parity" $steps 50 --eager --losses "$out/parity/torch-bf16.json" || return
  "$node" parity.mjs --out "$out/parity" --compare
}
export -f parity
export node out SIZE=${SIZE:-}

little=(--sequences 8 --length 1024 --layers 4)
model=(--steps 40)
square=4096
if [ "$SIZE" = small ]; then
  little=(--sequences 1 --length 16 --layers 1 --width 64 --precision f32)
  model=(--sequences 1 --length 16 --layers 1 --width 64 --precision f32 --steps 4)
  square=256
fi
parts=("$@")
[ "${1:-all}" != all ] || parts=(env agree conformance parity flat step rows counterpart decode windows peers robust torchstep)
for name in "${parts[@]}"; do
  case $name in
    env) part env 10 nvidia-smi --query-gpu=name,driver_version,clocks.sm,clocks.max.sm,memory.total --format=csv,noheader ;;
    agree) part agree 30 "$node" agree.mjs ;;
    conformance) part conformance 100 "$node" conformance.mjs --report "$out/conformance.md" ;;
    parity) part parity 110 bash -c parity ;;
    flat) part flat 60 "$node" step.mjs "${little[@]}" --steps "${FLAT_STEPS:-1000}" ;;
    step) part step 60 "$node" step.mjs "${model[@]}" --profile --json "$out/step.json" --dump "$out/full" ;;
    rows) part rows 90 "$node" rows.mjs --seconds 80 --json "$out/rows.json" ;;
    counterpart) part counterpart 60 python3 counterpart.py "$out/counterpart.json" 50 ;;
    decode) part decode 40 "$node" decode.mjs ;;
    windows) part windows 45 "$node" windows.mjs ;;
    peers) part peers 60 "$node" peers/run.mjs --size $square --patience ${PATIENCE:-25} --rounds 4 --json "$out/peers.json" ;;
    robust) part robust 25 "$node" rows.mjs --robust --filter "matmul $square" --seconds 20 ;;
    torchstep) part torchstep 90 python3 bytelm.py "$out/full" 40 ;;
    search) part search 150 "$node" search.mjs ;;
    *) echo "no part named $name" ;;
  esac
done
for name in "${parts[@]}"; do
  [ -f "$out/$name.txt" ] || continue
  echo "== $name: ${said[$name]:-}"
  cut -c1-200 "$out/$name.txt" | tail -n "${LINES_EACH:-40}"
done
echo "== all, after $SECONDS s"
for name in "${parts[@]}"; do echo "$name: ${said[$name]:-}"; done
"$node" table.mjs "$out"
