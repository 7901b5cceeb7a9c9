"""PyTorch's time for the rows that rows.ts measures, in the same shape: counterpart.py [FILE.json] [SECONDS].

Best of four samples of CUDA events, after 0.3 s of work. f16 products give f16; tf32 is told beside f32.
"""

import json
import sys
import time

import torch
import torch.nn.functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

out = sys.argv[1] if len(sys.argv) > 1 else None
deadline = time.time() + float(sys.argv[2] if len(sys.argv) > 2 else 60)
dev = "cuda"
rows = []


def best_of(run, times=20):
    for _ in range(3):
        run()
    torch.cuda.synchronize()
    start = time.time()
    while time.time() - start < 0.3:
        run()
        torch.cuda.synchronize()
    best = float("inf")
    for _ in range(4):
        begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        begin.record()
        for _ in range(times):
            run()
        end.record()
        torch.cuda.synchronize()
        best = min(best, begin.elapsed_time(end) / times)
    return best


def row(kernel, shape, dtype, work, unit, run, times=20):
    """work: operations or bytes."""
    if time.time() > deadline:
        print(f"{kernel} {shape} {dtype} left out: time is up", flush=True)
        return
    try:
        ms = best_of(run, times)
    except Exception as error:
        print(f"{kernel} {shape} {dtype} FAILED {str(error)[:150]}", flush=True)
        return
    rows.append({"kernel": kernel, "shape": shape, "dtype": dtype, "impl": "pytorch", "best_ms": ms, "rate": work / ms / 1e6, "unit": unit})
    print(f"{kernel:26}{shape:24}{dtype:6}{ms:10.4f} ms {work / ms / 1e6:12.0f} {unit}", flush=True)


print(torch.__version__, torch.cuda.get_device_name(), flush=True)
x = torch.randn(1 << 28, device=dev)
y = torch.empty_like(x)
row("copy", str(1 << 28), "f32", 8 << 28, "GB/s", lambda: y.copy_(x))
del x, y
n = 131072
products = [(4096, 4096, 4096), (8192, 8192, 8192), (n, 2048, 512), (n, 512, 2048), (n, 512, 512), (n, 1536, 512), (512, 2048, n), (512, 512, n)]
for m, c, k in products:
    for dtype, kind in [("f16", torch.float16), ("f32", torch.float32), ("tf32", torch.float32)]:
        if dtype != "f16" and m != 4096:
            continue
        torch.backends.cuda.matmul.allow_tf32 = dtype == "tf32"
        a = torch.randn(k, m, device=dev, dtype=kind).T if k == n else torch.randn(m, k, device=dev, dtype=kind)
        b = torch.randn(k, c, device=dev, dtype=kind)
        row("matmul", f"{m}x{c}x{k}", dtype, 2 * m * c * k, "GFLOP/s", lambda: a @ b, 4 if m == 8192 else 10)
        del a, b
q, k, v = [torch.randn(64, 8, 2048, 64, device=dev, dtype=torch.float16, requires_grad=True) for _ in range(3)]
g = torch.randn_like(q)
whole = 4 * 2048 * 2048 // 2 * 64 * 8 * 64


def forward():
    with torch.no_grad():
        F.scaled_dot_product_attention(q, k, v, is_causal=True)


def both():
    F.scaled_dot_product_attention(q, k, v, is_causal=True).backward(g)
    q.grad = k.grad = v.grad = None


for name, backend in [("flash", SDPBackend.FLASH_ATTENTION), ("cudnn", SDPBackend.CUDNN_ATTENTION)]:
    with sdpa_kernel(backend):
        row(f"attention {name}", "64x2048x512", "f16", whole, "GFLOP/s", forward)
        row(f"attention+grad {name}", "64x2048x512", "f16", 3.5 * whole, "GFLOP/s", both)
del q, k, v, g
x = torch.randn(n, 512, device=dev, dtype=torch.float16)
row("rmsNorm", f"{n}x512", "f16", 4 * n * 512, "GB/s", lambda: F.rms_norm(x, (512,)))
row("add", f"{n}x512", "f16", 6 * n * 512, "GB/s", lambda: x + x)
if out:
    with open(out, "w") as file:
        json.dump(rows, file)
