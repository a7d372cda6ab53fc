/** How bad it is: an error is refused by the compiler or computes something else than what was meant; a warning may. */
export type Severity = 'error' | 'warning'

interface About {
  readonly title: string
  readonly severity: Severity
  /** What to do, where nothing more special is known. */
  readonly help: string
}

/** Everything that `fluxion check` can find. A code keeps its meaning; docs/diagnostics has a page for each. */
export const codes = {
  FX1001: {
    title: 'shape error',
    severity: 'error',
    help: 'make the shapes agree: expand, reshape or transpose one of them, or give both dims the same name in the specs',
  },
  FX1002: { title: 'dtype error', severity: 'error', help: "convert one of them: x.cast('f32')" },
  FX1003: { title: 'type error', severity: 'error', help: 'give what the message asks for' },
  FX1004: { title: 'trace error', severity: 'error', help: 'do it in the body of a program, with its own tensors' },
  FX1005: {
    title: 'lost shape',
    severity: 'warning',
    help: "write the dims out, as f32('n', 3), declare them as const, or state them with x.as(['n', 3])",
  },
  FX1006: {
    title: 'source error',
    severity: 'error',
    help: 'write it with arithmetic, comparisons, ternaries, const, Math and other scalar functions',
  },
  FX2001: {
    title: 'control flow on a tensor',
    severity: 'error',
    help: 'choose elements with where(condition, a, b), or a computation with cond(condition, a, b); loop with whileLoop',
  },
  FX2002: {
    title: 'operator on a tensor',
    severity: 'error',
    help: 'use the methods of tensors: x.greater(y), x.equal(y), x.add(y)',
  },
  FX2003: { title: 'unused input', severity: 'warning', help: 'use it in a result, or take it out of the spec' },
  FX2004: { title: 'unused parameter', severity: 'warning', help: 'use it in the layer, or take it out of its params' },
  FX2005: {
    title: 'gradient that is always zero',
    severity: 'warning',
    help: 'look for stopGradient, comparisons, floor, round, sign, argmax and casts to integers between it and the loss',
  },
  FX2006: {
    title: 'captured array',
    severity: 'warning',
    help: "make it an input of the program, as f32('n', 3), and give its numbers where the program is called",
  },
  FX2007: {
    title: 'loss of logits, given probabilities',
    severity: 'error',
    help: 'give it the logits: the loss takes their softmax or sigmoid itself',
  },
  FX2008: {
    title: 'random key used twice',
    severity: 'warning',
    help: 'split it: const [first, second] = split(key, 2); in a loop of the host, foldIn(key, i)',
  },
  FX3001: { title: 'log of a softmax', severity: 'warning', help: 'write x.logSoftmax(axis)' },
  FX3002: {
    title: 'log of a sigmoid',
    severity: 'warning',
    help: "write softplus(x.neg()).neg(), with softplus of 'fluxion/nn'; for a loss of logits, bce",
  },
  FX3003: { title: 'log(1 + x)', severity: 'warning', help: 'write x.log1p()' },
  FX3004: { title: 'exp(x) - 1', severity: 'warning', help: 'write x.expm1()' },
  FX3005: {
    title: 'division by a norm',
    severity: 'warning',
    help: 'keep the norm from zero: x.div(x.norm(axis, { keepdims: true }).maximum(1e-8))',
  },
  FX3006: { title: 'softmax by hand', severity: 'warning', help: 'write x.softmax(axis)' },
  FX3007: { title: 'log of a sum of powers', severity: 'warning', help: 'write x.logSumExp(axis)' },
  FX3008: { title: 'log(1 + exp(x))', severity: 'warning', help: "write softplus(x), with softplus of 'fluxion/nn'" },
  FX9001: {
    title: 'syntax error',
    severity: 'error',
    help: 'correct the syntax first; the rest of the file is not looked at',
  },
  FX9002: {
    title: 'no project',
    severity: 'error',
    help: 'see that the project, its files and its packages are there',
  },
  FX9003: {
    title: 'module that throws',
    severity: 'error',
    help: 'keep what has effects out of modules of programs, or check without running them: --no-run',
  },
  FX9004: {
    title: 'module that takes too long',
    severity: 'error',
    help: 'see that it ends: no endless loop, no training while it is loaded; --limit gives it more seconds',
  },
  FX9005: {
    title: 'cyclic imports',
    severity: 'error',
    help: 'move what both need into a third module that imports neither',
  },
  FX9006: { title: 'body that throws', severity: 'error', help: 'a body may only compute with its inputs' },
  FX9007: {
    title: 'comment that leaves nothing out',
    severity: 'warning',
    help: 'take the code out of the comment: it would hide what comes later',
  },
} as const satisfies { readonly [code: string]: About }

export type Code = keyof typeof codes

/** What evaluating programs finds. Sources may tell of it as well. */
export const evaluatedCodes = [
  ...(['FX1001', 'FX1002', 'FX1003', 'FX1004', 'FX1006'] as const),
  ...(['FX2002', 'FX2003', 'FX2004', 'FX2005', 'FX2006'] as const),
  ...(['FX9003', 'FX9004', 'FX9005', 'FX9006'] as const),
] as const
export type EvaluatedCode = (typeof evaluatedCodes)[number]

/** Where its page is. */
export const pageOf = (code: Code): string => `docs/diagnostics/${code}.md`

/**
 * The code of a complaint in the language's own words, whether a type or a trace says it; undefined for other words.
 */
export function codeOf(complaint: string): EvaluatedCode | undefined {
  if (complaint.includes('are too many to write into a program')) return 'FX2006'
  if (complaint.includes('a tensor has no value while a program is traced')) return 'FX2002'
  const kind = /^(shape|dtype|type|trace|source) error: /.exec(complaint)?.[1]
  return kind === undefined ? undefined : byKind[kind as keyof typeof byKind]
}

const byKind = { shape: 'FX1001', dtype: 'FX1002', type: 'FX1003', trace: 'FX1004', source: 'FX1006' } as const
