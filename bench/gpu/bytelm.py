"""PyTorch counterpart of a ByteLM run: the same initial weights, batches, schedule and recipe as train.ts (--dump) or parity.ts wrote.

usage: python bytelm.py FOLDER STEPS [EVERY] [--f32] [--eager] [--losses FILE]   (torch >= 2.4 with CUDA)
FOLDER holds init.safetensors and batches.bin. Prints the mean loss of every EVERY steps in bits per symbol, and ms a step.
bf16 autocast and compiled, unless --f32 (no TF32 either) and --eager say otherwise. --losses: JSON of each step's loss in nats.
"""

import json
import math
import struct
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

losses_file = sys.argv.pop(sys.argv.index("--losses") + 1) if "--losses" in sys.argv else None
flags = {word for word in sys.argv if word.startswith("--")}
words = [word for word in sys.argv[1:] if not word.startswith("--")]
folder, steps = words[0], int(words[1])
every = int(words[2]) if len(words) > 2 else 10
single, eager = "--f32" in flags, "--eager" in flags
dev = "cuda"
torch.backends.cuda.matmul.allow_tf32 = not single


def load(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    meta = header.pop("__metadata__")
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        tensors[name] = torch.from_numpy(np.frombuffer(data[begin:end], np.float32).reshape(entry["shape"]).copy())
    return tensors, json.loads(meta["rusta.run"])


state, run = load(f"{folder}/init.safetensors")
config = run["config"]
schedule = run.get("schedule", {"warmUp": 100, "cooldown": 0.5, "floor": 0.02})
recipe = run.get("recipe", {"adamw": {"rate": 3e-3, "decay": 0.01}, "muon": {"rate": 0.02, "momentum": 0.95, "decay": 0.01}})
names = ("embed", "hash", "qkv", "out", "up", "down", "mix", "head")
p = {name: torch.nn.Parameter(state[name].to(dev)) for name in names}
T, D, H = config["context"], config["width"], config["heads"]
dh = D // H
raw = np.fromfile(f"{folder}/batches.bin", np.uint8)
B = raw.size // steps // (T + 1)
batches = torch.from_numpy(raw.reshape(steps, B, T + 1)).to(dev)
freq = config["ropeBase"] ** (-torch.arange(0, dh, 2, device=dev, dtype=torch.float32) / dh)
angle = torch.arange(T, device=dev)[:, None] * freq
cos, sin = angle.cos(), angle.sin()
M32 = 0xFFFFFFFF


def rows_of(x, order, rows):
    """engine/ops/names.ts, hashEmbedding: u32 arithmetic in i64."""
    h = torch.full_like(x, 0x811C9DC5 ^ order)
    for i in range(order):
        before = F.pad(x + 1, (i, 0))[:, : x.size(1)] if i else x + 1
        h = ((h ^ before) * 0x01000193) & M32
    h = h ^ (h >> 16)
    h = (h * 0x85EBCA6B) & M32
    h = h ^ (h >> 13)
    h = (h * 0xC2B2AE35) & M32
    return (h ^ (h >> 16)) % rows


def norm(x):
    return F.rms_norm(x, (x.size(-1),), eps=config["normEps"])


def rope(x):
    a, b = x.chunk(2, -1)
    return torch.cat([a * cos - b * sin, a * sin + b * cos], -1).to(x.dtype)


def banded(q, k, v, w):
    """Attention in blocks of the window: each sees itself and the block before."""
    b, h, t, d = q.shape
    n = t // w
    blocks = lambda x: x.reshape(b, h, n, w, d)
    both = lambda x: torch.cat([F.pad(x, (0, 0, 0, 0, 1, 0))[:, :, :-1], x], 3)
    i = torch.arange(w, device=dev)[:, None]
    j = torch.arange(2 * w, device=dev)[None] - w
    mask = ((j <= i) & (i - j < w))[None].expand(n, w, 2 * w).clone()
    mask[0] &= j >= 0
    flat = lambda x: x.transpose(1, 2).reshape(b * n, h, x.size(3), d)
    out = F.scaled_dot_product_attention(
        flat(blocks(q)), flat(both(blocks(k))), flat(both(blocks(v))), attn_mask=mask.repeat(b, 1, 1)[:, None])
    return out.view(b, n, h, w, d).transpose(1, 2).reshape(b, h, t, d)


def loss_of(tokens):
    x, y = tokens[:, :-1].long(), tokens[:, 1:].long()
    b, t = x.shape
    h = F.embedding(x, p["embed"])
    for k, order in enumerate(config["hash"]["orders"]):
        h = h + F.embedding(rows_of(x, order, config["hash"]["rows"]), p["hash"][k])
    h = norm(h)
    x0 = h
    for layer, window in enumerate(config["windows"]):
        h = p["mix"][layer, 0] * h + p["mix"][layer, 1] * x0
        q, k, v = F.linear(norm(h), p["qkv"][layer]).view(b, t, 3, H, dh).permute(2, 0, 3, 1, 4)
        q, k = rope(norm(q)), rope(norm(k))
        if window is None:
            out = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:
            out = banded(q, k, v, window)
        h = h + F.linear(out.transpose(1, 2).reshape(b, t, D), p["out"][layer])
        h = h + F.linear(F.relu(F.linear(norm(h), p["up"][layer])).square(), p["down"][layer])
    logits = F.linear(norm(h), p["head"]).float()
    logits = config["logitCap"] * torch.tanh(logits / config["logitCap"])
    return F.cross_entropy(logits.view(-1, 256), y.reshape(-1))


def orthogonalised(g):
    a, b, c = 3.4445, -4.7750, 2.0315
    tall = g.size(-2) > g.size(-1)
    x = g.mT if tall else g
    x = (x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)).to(torch.float32 if single else torch.bfloat16)
    for _ in range(5):
        s = x @ x.mT
        x = a * x + (b * s + c * s @ s) @ x
    return (x.mT if tall else x).float()


muon = recipe["muon"]
matrices = ("qkv", "out", "up", "down") if muon else ()
momenta = {name: torch.zeros_like(p[name]) for name in matrices}
optimiser = torch.optim.AdamW(
    [value for name, value in p.items() if name not in matrices], lr=recipe["adamw"]["rate"], betas=(0.9, 0.95), eps=1e-8, weight_decay=recipe["adamw"]["decay"], fused=True)
compiled = loss_of if eager else torch.compile(loss_of)
step_matrices = orthogonalised if eager else torch.compile(orthogonalised)
losses = []
total, timed = torch.zeros((), device=dev), None
for step in range(steps):
    f = min(1, (step + 1) / schedule["warmUp"])
    f *= max(schedule["floor"], min(1, (1 - step / steps) / schedule["cooldown"]))
    with torch.autocast("cuda", torch.bfloat16, enabled=not single):
        loss = compiled(batches[step])
    loss.backward()
    optimiser.param_groups[0]["lr"] = recipe["adamw"]["rate"] * f
    optimiser.step()
    with torch.no_grad():
        for name in matrices:
            g, m = p[name].grad, momenta[name]
            m.lerp_(g, 1 - muon["momentum"])
            u = step_matrices(g.lerp(m, muon["momentum"]))
            rate = muon["rate"] * f
            p[name].mul_(1 - rate * muon["decay"]).add_(u, alpha=-rate * math.sqrt(max(1, g.size(-2) / g.size(-1))))
    for value in p.values():
        value.grad = None
    losses.append(loss.detach())
    total += loss.detach()
    if step == 9:
        torch.cuda.synchronize()
        timed = time.time()
    if (step + 1) % every == 0:
        print(f"step {step + 1} bpb {total.item() / every / math.log(2):.4f}", flush=True)
        total.zero_()
torch.cuda.synchronize()
print(f"{(time.time() - timed) / (steps - 10) * 1e3:.1f} ms a step", flush=True)
if losses_file:
    with open(losses_file, "w") as file:
        json.dump([loss.item() for loss in losses], file)
