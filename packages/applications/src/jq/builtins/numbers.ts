import { JqError } from '../error.ts'
import { wholeNumber } from '../operators.ts'
import { type JqValue, preview } from '../value.ts'
import type { Native } from './native-functions.ts'
import { erf, erfc, gamma, logGamma } from './special-functions.ts'

function numberOf(what: string, value: JqValue | undefined): number {
  if (typeof value !== 'number') throw new JqError(`${what} cannot be applied to: ${preview(value ?? null)}`)
  return value
}

const ofOne: Record<string, (x: number) => number> = {
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  asinh: Math.asinh,
  acosh: Math.acosh,
  atanh: Math.atanh,
  floor: Math.floor,
  ceil: Math.ceil,
  trunc: Math.trunc,
  round: (x) => Math.sign(x) * Math.round(Math.abs(x)),
  nearbyint: roundToEven,
  rint: roundToEven,
  abs: Math.abs,
  fabs: Math.abs,
  sqrt: Math.sqrt,
  cbrt: Math.cbrt,
  exp: Math.exp,
  exp2: (x) => 2 ** x,
  exp10: (x) => 10 ** x,
  expm1: Math.expm1,
  log: Math.log,
  log2: Math.log2,
  log10: Math.log10,
  log1p: Math.log1p,
  logb: (x) => (x === 0 ? Number.NEGATIVE_INFINITY : Number.isFinite(x) ? splitFloat(x)[1] - 1 : x * x),
  significand: (x) => splitFloat(x)[0] * 2,
  gamma,
  tgamma: gamma,
  lgamma: logGamma,
  erf,
  erfc,
}

const ofTwo: Record<string, (x: number, y: number) => number> = {
  pow: Math.pow,
  atan2: Math.atan2,
  hypot: Math.hypot,
  fmod: (x, y) => x % y,
  fdim: (x, y) => (Number.isNaN(x) || Number.isNaN(y) ? Number.NaN : Math.max(x - y, 0)),
  fmax: (x, y) => (Number.isNaN(x) ? y : Number.isNaN(y) ? x : Math.max(x, y)),
  fmin: (x, y) => (Number.isNaN(x) ? y : Number.isNaN(y) ? x : Math.min(x, y)),
  copysign: (x, y) => Math.abs(x) * (y < 0 || Object.is(y, -0) ? -1 : 1),
  drem: ieeeRemainder,
  remainder: ieeeRemainder,
  ldexp: scaled,
  scalb: scaled,
  scalbln: scaled,
  nextafter: nextAfter,
  nexttoward: nextAfter,
}

export const numberFunctions: Record<string, Native> = {
  ...Object.fromEntries(Object.entries(ofOne).map(([name, of]) => [`${name}/0`, (input: JqValue) => of(numberOf(name, input))])),
  ...Object.fromEntries(
    Object.entries(ofTwo).map(([name, of]) => [
      `${name}/2`,
      (_input: JqValue, x: JqValue, y: JqValue) => of(numberOf(name, x), numberOf(name, y)),
    ]),
  ),
  'fma/3': (_input, x, y, z) => numberOf('fma', x) * numberOf('fma', y) + numberOf('fma', z),
  'frexp/0': (input) => splitFloat(numberOf('frexp', input)),
  'modf/0': (input) => {
    const value = numberOf('modf', input)
    const whole = Math.trunc(value)
    return [Number.isFinite(value) ? value - whole : 0, whole]
  },
  'infinite/0': () => Number.POSITIVE_INFINITY,
  'nan/0': () => Number.NaN,
  'isnan/0': (input) => input !== null && Number.isNaN(numberOf('isnan', input)),
  'isinfinite/0': (input) => typeof input === 'number' && Math.abs(input) === Number.POSITIVE_INFINITY,
  'isfinite/0': (input) => typeof input === 'number' && Math.abs(input) !== Number.POSITIVE_INFINITY,
  'isnormal/0': (input) => typeof input === 'number' && Number.isFinite(input) && Math.abs(input) >= 2 ** -1022,
  'tonumber/0': (input) => {
    if (typeof input === 'number') return input
    if (typeof input !== 'string' || !/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(input))
      throw new JqError(`tonumber cannot be applied to: ${preview(input)}`)
    return Number(input)
  },
}

function roundToEven(x: number): number {
  const floor = Math.floor(x)
  const rest = x - floor
  if (rest !== 0.5) return Math.round(x)
  return floor % 2 === 0 ? floor : floor + 1
}

/** Fraction in [0.5, 1) and exponent: `x = fraction * 2^exponent`. */
function splitFloat(x: number): [number, number] {
  if (x === 0 || !Number.isFinite(x)) return [x, 0]
  let exponent = Math.max(-1023, Math.floor(Math.log2(Math.abs(x))) + 1)
  let fraction = x * 2 ** -exponent
  while (Math.abs(fraction) < 0.5) [fraction, exponent] = [fraction * 2, exponent - 1]
  while (Math.abs(fraction) >= 1) [fraction, exponent] = [fraction / 2, exponent + 1]
  return [fraction, exponent]
}

/** In two steps, because a power of two may lie outside of what a number holds when the product does not. */
function scaled(x: number, exponent: number): number {
  const whole = Math.max(-3000, Math.min(3000, wholeNumber(exponent)))
  const half = Math.trunc(whole / 3)
  return x * 2 ** half * 2 ** half * 2 ** (whole - 2 * half)
}

function ieeeRemainder(x: number, y: number): number {
  if (!Number.isFinite(x) || Number.isNaN(y) || y === 0) return Number.NaN
  if (!Number.isFinite(y)) return x
  return x - y * roundToEven(x / y)
}

function nextAfter(x: number, y: number): number {
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN
  if (x === y) return y
  if (x === 0) return y > 0 ? Number.MIN_VALUE : -Number.MIN_VALUE
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, x)
  view.setBigInt64(0, view.getBigInt64(0) + (y > x === x > 0 ? 1n : -1n))
  return view.getFloat64(0)
}
