import type { KubeObject } from '@plimsoll/kube'
import { afterEach, describe, expect, it } from 'vitest'
import { createScriptThread, type ScriptThread } from './script-thread.ts'

const object: KubeObject = {
  apiVersion: 'example.com/v1',
  kind: 'Model',
  metadata: { name: 'a' },
  status: { phase: 'Ready', numbers: Array.from({ length: 3_000 }, (_, index) => index) },
}
let thread: ScriptThread

afterEach(() => thread.close())

describe('scripts in a thread of their own', () => {
  it('answer what they are asked, each for itself', async () => {
    thread = createScriptThread()

    const [health, byCel, actions, run, broken] = await Promise.all([
      thread.ask({ kind: 'health-lua', source: 'return { status = "Healthy", message = obj.status.phase }', useOpenLibs: false, object }),
      thread.ask({ kind: 'health-cel', source: '- { status: Healthy, when: \'obj.status.phase == "Ready"\' }', object }),
      thread.ask({ kind: 'discover', source: 'print("looking") return { wake = {} }', useOpenLibs: false, object }),
      thread.ask({ kind: 'run', source: 'obj.spec = { n = actionParams.n } return obj', useOpenLibs: false, object, params: { n: '3' } }),
      thread.ask({ kind: 'health-lua', source: 'return {', useOpenLibs: false, object }),
    ])

    expect(health).toEqual({ ok: true, value: { status: 'Healthy', message: 'Ready' } })
    expect(byCel).toEqual({ ok: true, value: { status: 'Healthy' } })
    expect(actions).toEqual({ ok: true, value: [{ name: 'wake' }], printed: ['looking'] })
    expect(run.ok && run.value[0]?.resource.spec).toEqual({ n: '3' })
    expect(broken).toEqual({ ok: false, message: '<string> at EOF:   syntax error\n', isLimit: false })
  })

  it('end when they would not, and cost the others nothing', async () => {
    thread = createScriptThread()
    const endless = { kind: 'health-lua', source: 'while true do end', useOpenLibs: false, object } as const
    const fine = { kind: 'health-lua', source: 'return { status = "Healthy" }', useOpenLibs: false, object } as const

    const answers = await Promise.all(
      [endless, fine, endless, fine, endless, ...Array.from({ length: 50 }, () => endless), fine].map((task) => thread.ask(task)),
    )

    expect(answers.filter(({ ok }) => ok)).toHaveLength(3)
    expect(answers.filter((answer) => !answer.ok && answer.isLimit && /did not end/.test(answer.message))).toHaveLength(53)
  })

  it('are ended from outside where nothing counts their steps, and those behind them are asked again', async () => {
    thread = createScriptThread()
    const nested =
      '- { status: Healthy, when: "obj.status.numbers.all(a, obj.status.numbers.all(b, obj.status.numbers.all(c, a + b + c >= 0)))" }'

    const [endless, fine] = await Promise.all([
      thread.ask({ kind: 'health-cel', source: nested, object }),
      thread.ask({ kind: 'health-lua', source: 'return { status = "Healthy" }', useOpenLibs: false, object }),
    ])

    expect(endless).toEqual({ ok: false, message: 'it ran for too long', isLimit: true })
    expect(fine).toEqual({ ok: true, value: { status: 'Healthy' } })
  })

  it('see no environment, no files and nothing of a script before', async () => {
    thread = createScriptThread()
    const ask = (source: string): ReturnType<typeof thread.ask> => thread.ask({ kind: 'health-lua', source, useOpenLibs: true, object })

    await ask('left = "behind" string.left = "behind"')
    const answer = await ask(
      'return { status = "Healthy", message = tostring(left) .. tostring(string.left) .. tostring(os.getenv("PATH")) .. tostring(io) }',
    )

    expect(answer).toEqual({ ok: true, value: { status: 'Healthy', message: 'nilnilnilnil' } })
  })

  it('say that they have ended, once they have', async () => {
    thread = createScriptThread()
    const asked = thread.ask({ kind: 'health-lua', source: 'while true do end', useOpenLibs: false, object })
    await thread.close()

    await expect(asked).rejects.toThrow('ended')
    await expect(thread.ask({ kind: 'health-cel', source: '[]', object })).rejects.toThrow('ended')
  })
})
