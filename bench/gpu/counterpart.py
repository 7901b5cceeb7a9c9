import torch,time,torch.nn.functional as F
dev='cuda'
def t(f,n=20):
    for _ in range(3): f()
    torch.cuda.synchronize(); t0=time.time()
    while time.time()-t0<0.3: f(); torch.cuda.synchronize()
    best=1e9
    for _ in range(4):
        a=torch.cuda.Event(enable_timing=True);b=torch.cuda.Event(enable_timing=True);a.record()
        for _ in range(n): f()
        b.record();torch.cuda.synchronize();best=min(best,a.elapsed_time(b)/n)
    return best
print(torch.__version__,torch.cuda.get_device_name(),flush=True)
for m,n,k in [(4096,4096,4096),(8192,8192,8192),(131072,2048,512),(131072,512,2048),(131072,512,512),(131072,1536,512)]:
    for dt,tf in [(torch.float16,0),(torch.float32,0),(torch.float32,1)]:
        torch.backends.cuda.matmul.allow_tf32=bool(tf)
        a=torch.randn(m,k,device=dev,dtype=dt);b=torch.randn(k,n,device=dev,dtype=dt)
        ms=t(lambda:a@b,10 if m*n*k<2e11 else 4); print('mm',m,n,k,dt,'tf32' if tf else '',f'{ms:.3f} ms {2*m*n*k/ms/1e9:.0f} TFLOP/s',flush=True)
        del a,b
for m,n in [(512,2048),(512,512)]:
    a=torch.randn(131072,m,device=dev,dtype=torch.float16);b=torch.randn(131072,n,device=dev,dtype=torch.float16)
    ms=t(lambda:a.T@b); print('mm ta',m,n,131072,f'{ms:.3f} ms {2*m*n*131072/ms/1e9:.0f} TFLOP/s',flush=True)
x=torch.randn(1<<28,device=dev,dtype=torch.float32);y=torch.empty_like(x)
ms=t(lambda:y.copy_(x)); print('copy',f'{2*4*(1<<28)/ms/1e6:.0f} GB/s',flush=True)
from torch.nn.attention import sdpa_kernel,SDPBackend
for be in (SDPBackend.FLASH_ATTENTION,SDPBackend.CUDNN_ATTENTION):
  try:
    with sdpa_kernel(be):
        q,k,v=[torch.randn(64,8,2048,64,device=dev,dtype=torch.float16,requires_grad=True) for _ in range(3)];g=torch.randn(64,8,2048,64,device=dev,dtype=torch.float16)
        fl=4*2048*2048/2*64*8*64
        with torch.no_grad(): f=t(lambda:F.scaled_dot_product_attention(q,k,v,is_causal=True))
        def fb():
            o=F.scaled_dot_product_attention(q,k,v,is_causal=True);o.backward(g);q.grad=k.grad=v.grad=None
        b=t(fb); print('sdpa',be,f'fwd {f:.3f} ms {fl/f/1e9:.0f} TFLOP/s, fwd+bwd {b:.3f} ms {3.5*fl/b/1e9:.0f} TFLOP/s',flush=True)
  except Exception as e: print('sdpa',be,str(e)[:200])
