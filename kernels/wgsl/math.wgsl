// Elementwise functions on V (f32 or vec4<f32>; W = 1 or 4), put before every kernel that computes expressions.
// WGSL promises little: log is absolute near 1, tanh overflows, sin and cos are good within one turn, NaN may vanish in
// max and min, so that these are written out. Polynomials are Taylor series, cut where the next term is below 1e-8.

#if W == 4
alias V = vec4<f32>;
alias VU = vec4<u32>;
alias VI = vec4<i32>;
alias VB = vec4<bool>;
#else
alias V = f32;
alias VU = u32;
alias VI = i32;
alias VB = bool;
#endif

fn isNan(x: V) -> VB { return (bitcast<VU>(x) & VU(0x7fffffffu)) > VU(0x7f800000u); }
fn isTrue(x: V) -> VB { return (bitcast<VU>(x) & VU(0x7fffffffu)) != VU(0u); }
fn m_isFinite(x: V) -> V { return select(V(0.0), V(1.0), (bitcast<VU>(x) & VU(0x7f800000u)) != VU(0x7f800000u)); }
fn m_maximum(a: V, b: V) -> V { return select(select(max(a, b), b, isNan(b)), a, isNan(a)); }
fn m_minimum(a: V, b: V) -> V { return select(select(min(a, b), b, isNan(b)), a, isNan(a)); }
fn m_relu(x: V) -> V { return select(select(V(0.0), x, x > V(0.0)), x, isNan(x)); }
fn m_relu2(x: V) -> V { let y = m_relu(x); return y * y; }

fn m_exp(x: V) -> V { return select(exp(x), x, isNan(x)); }
/// Of one number, NaN where it is negative or NaN.
fn logOf(x: f32) -> f32 {
  var quiet = 0x7fc00000u;
  return select(log(x), bitcast<f32>(quiet), x < 0.0 || (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u);
}
fn expOf(x: f32) -> f32 { return select(exp(x), x, (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u); }

fn m_log(x: V) -> V {
  var quiet = 0x7fc00000u;
  let s = (x - V(1.0)) / (x + V(1.0));
  let q = s * s;
  let near = 2.0 * s * (1.0 + q * (1.0 / 3.0 + q * (0.2 + q * (1.0 / 7.0 + q * (1.0 / 9.0)))));
  let far = log(x);
  let y = select(far, near, (x > V(0.7)) & (x < V(1.4)));
  var low = 0xff800000u;
  let edge = select(select(y, x, bitcast<VU>(x) == VU(0x7f800000u)), V(bitcast<f32>(low)), x == V(0.0));
  return select(edge, V(bitcast<f32>(quiet)), (x < V(0.0)) | isNan(x));
}

fn m_tanh(x: V) -> V {
  let q = x * x;
  let near = x * (1.0 + q * (-1.0 / 3.0 + q * (2.0 / 15.0 + q * (-17.0 / 315.0 + q * (62.0 / 2835.0)))));
  let far = 1.0 - 2.0 / (exp(2.0 * clamp(x, V(-15.0), V(15.0))) + 1.0);
  return select(select(far, near, abs(x) < V(0.25)), x, isNan(x));
}

fn m_sigmoid(x: V) -> V { return 1.0 / (1.0 + m_exp(-x)); }
fn m_silu(x: V) -> V { return x * m_sigmoid(x); }
fn geluInner(x: V) -> V { return 0.7978845608028654 * (x + 0.044715 * x * x * x); }
fn m_gelu(x: V) -> V { return 0.5 * x * (1.0 + m_tanh(geluInner(x))); }

/// The rest of x after quarter turns (three-part pi/2, Cody and Waite), and how many there were.
fn quarter(x: V) -> V { return round(x * 0.6366197723675814); }
fn rest(x: V, k: V) -> V { return ((x - k * 1.5703125) - k * 4.837512969970703e-4) - k * 7.549789948768648e-8; }
fn sinPart(r: V) -> V {
  let q = r * r;
  return r * (1.0 + q * (-1.0 / 6.0 + q * (1.0 / 120.0 + q * (-1.0 / 5040.0 + q * (1.0 / 362880.0)))));
}
fn cosPart(r: V) -> V {
  let q = r * r;
  return 1.0 + q * (-0.5 + q * (1.0 / 24.0 + q * (-1.0 / 720.0 + q * (1.0 / 40320.0 + q * (-1.0 / 3628800.0)))));
}
fn turned(x: V, shift: i32) -> V {
  let k = quarter(x);
  let r = rest(x, k);
  let n = (VI(k) + VI(shift)) & VI(3);
  let even = sinPart(r);
  let odd = cosPart(r);
  let y = select(even, odd, (n & VI(1)) == VI(1));
  return select(y, -y, n >= VI(2));
}
fn m_sin(x: V) -> V { return turned(x, 0); }
fn m_cos(x: V) -> V { return turned(x, 1); }

struct SinCos { sin: V, cos: V }
/// Both at once, at the cost of little more than one.
fn sinCos(x: V) -> SinCos {
  let k = quarter(x);
  let r = rest(x, k);
  let n = VI(k) & VI(3);
  let s = sinPart(r);
  let c = cosPart(r);
  let odd = (n & VI(1)) == VI(1);
  let sine = select(s, c, odd);
  let cosine = select(c, s, odd);
  return SinCos(select(sine, -sine, n >= VI(2)), select(cosine, -cosine, (n == VI(1)) | (n == VI(2))));
}

fn m_pow(a: V, b: V) -> V {
  var quiet = 0x7fc00000u;
  let size = m_exp(b * m_log(abs(a)));
  let whole = b == round(b);
  let odd = abs(b - 2.0 * round(b * 0.5)) == V(1.0);
  let signed = select(select(V(bitcast<f32>(quiet)), size, whole), -size, whole & odd);
  let y = select(select(size, signed, a < V(0.0)), select(V(0.0), 1.0 / abs(a), b < V(0.0)), a == V(0.0));
  return select(select(y, a + b, isNan(a) | isNan(b)), V(1.0), b == V(0.0));
}

fn g_relu(x: V, g: V) -> V { return g * select(select(V(0.0), V(1.0), x > V(0.0)), x, isNan(x)); }
fn g_relu2(x: V, g: V) -> V { return 2.0 * m_relu(x) * g; }
fn g_silu(x: V, g: V) -> V { let s = m_sigmoid(x); return g * s * (1.0 + x * (1.0 - s)); }
fn g_gelu(x: V, g: V) -> V {
  let t = m_tanh(geluInner(x));
  return g * (0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * 0.7978845608028654 * (1.0 + 0.134145 * x * x));
}
