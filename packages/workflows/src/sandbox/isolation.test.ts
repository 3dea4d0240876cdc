import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type House, openHouse } from '../testing/house.ts'

const canary = 'canary-8c1f2e7d'
let house: House
let socket: Server

beforeAll(async () => {
  process.env['PLIMSOLL_CANARY'] = canary
  house = await openHouse()
  writeFileSync(join(house.dataDir, 'token'), canary)
  socket = createServer((connection) => connection.end(canary))
  await new Promise<void>((resolve) => socket.listen(join(house.dataDir, 'server.sock'), resolve))
})

afterAll(async () => {
  delete process.env['PLIMSOLL_CANARY']
  socket.close()
  await house.close()
})

function steps(script: string): string {
  const indented = script
    .trim()
    .split('\n')
    .map((line) => `          ${line}`)
    .join('\n')
  return `on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: |\n          set +e\n${indented}\n`
}

describe('a step', () => {
  it('is isolated here, and its job says how', async () => {
    const run = await house.run(steps('true'))

    expect(run.jobs[0]?.isolation).toBe('user namespaces')
    expect(await house.text(run)).toContain('Isolation: user namespaces; shared: the network of this machine')
  })

  it("finds nothing of the server's: token, records, environment, sockets, processes, other workspaces", async () => {
    const run = await house.run(
      steps(`
cat ${house.dataDir}/token
ls -la ${house.dataDir} ${house.dataDir}/ci/jobs
for pid in /proc/[0-9]*; do tr '\\0' '\\n' < $pid/environ; cat $pid/cmdline; ls $pid/root/ $pid/cwd/; done
ls -la /proc/1/fd /proc/1/root /root/.ssh /home /var/lib /run /etc/shadow /etc/ssl/private
grep -r ${canary} /home /tmp /github /actions /.plimsoll /run /var /etc
node -e "require('net').connect('${house.dataDir}/server.sock').on('data', d => console.log(String(d))).on('error', e => console.log(e.code))"
ls /proc | grep -c '^[0-9]'
ls -l /proc/self/fd
kill -0 ${process.pid} && echo rea''ched
mount | wc -l
`),
    )

    const text = (await house.text(run)).replaceAll(`grep -r ${canary}`, '')
    expect(text).not.toContain(canary)
    expect(text).not.toContain('reached')
    expect(text).toContain('ENOENT')
    expect(text).not.toMatch(/-> .*(sqlite|\.log|repositories)/)
    expect(text).toContain(`cannot access '${house.dataDir}'`)
    expect(Number(/^(\d+)$/m.exec(text)?.[1])).toBeLessThan(15)
  })

  it('cannot make what is read-only writable, nor reach it by rights of its own', async () => {
    const run = await house.run(
      steps(`
touch /usr/bin/planted /actions/planted /.plimsoll/planted /etc/planted /planted && echo wrote
mount -o remount,rw /usr && echo remounted
umount -l /usr && echo unmounted
unshare -Urm sh -c 'mount -o remount,rw,bind /usr && touch /usr/bin/planted && echo wrote; umount /etc/ssl/certs && echo unmounted; mount -t tmpfs none /github && echo covered'
nsenter -t 1 -U -m touch /usr/bin/planted && echo entered
cat /proc/self/status | grep CapEff
mknod /tmp/disk b 254 0 && echo device
id -u
`),
    )

    const text = await house.text(run)
    expect(text).not.toMatch(/^(wrote|remounted|unmounted|entered|device)$/m)
    expect(text).toMatch(/CapEff:\s+0000000000000000/)
    expect(text).toMatch(/^1001$/m)
  })

  it('does not take over the next one by a library that is loaded before its program', async () => {
    const run = await house.run(`
on: push
jobs:
  a:
    runs-on: x
    steps:
      - run: |
          cat > evil.c <<'END'
          #include <stdio.h>
          #include <stdlib.h>
          __attribute__((constructor)) static void run(void) {
            unsetenv("LD_PRELOAD");
            system("grep CapEff /proc/self/status >> /tmp/caps; mount -o remount,rw,bind /usr 2>/dev/null && echo REMOUNTED >> /tmp/caps");
          }
          END
          cc -shared -fPIC -o evil.so evil.c || true
          echo "LD_PRELOAD=$PWD/evil.so" >> $GITHUB_ENV
      - run: "true"
      - run: cat /tmp/caps
        env: {LD_PRELOAD: ""}
`)

    const text = await house.text(run)
    expect(text).not.toMatch(/^REMOUNTED$/m)
    expect(text).not.toMatch(/CapEff:\s+[0-9a-f]*[1-9a-f][0-9a-f]*$/m)
  })

  it('cannot lead the server out of its folders by links where the server reads', async () => {
    const run = await house.run(`
on: push
jobs:
  a:
    runs-on: x
    steps:
      - run: |
          rm "$GITHUB_STEP_SUMMARY" && ln -s ${house.dataDir}/token "$GITHUB_STEP_SUMMARY"
          rm "$GITHUB_OUTPUT" && mkfifo "$GITHUB_OUTPUT"
      - if: always()
        run: |
          rm -rf "$RUNNER_TEMP" && ln -s ${house.dataDir} "$RUNNER_TEMP"
          mv /github/* /tmp/ ; echo "still=\${{ hashFiles('/../../../../../..${house.dataDir}/token') }}"
      - if: always()
        run: echo fine
`)

    expect(JSON.stringify(run)).not.toContain(canary)
    expect(await house.text(run)).not.toContain(canary)
    expect(await house.text(run)).toContain('fine')
    expect(run.jobs[0]?.steps[1]?.conclusion).toBe('failure')
  })

  it('leaves nothing running when its job has ended', async () => {
    const mark = `sleeper-${Date.now()}`
    const run = await house.run(steps(`(exec -a ${mark} sleep 1000) &\nsetsid -f sh -c 'exec -a ${mark} sleep 1000'\necho left`))

    const { execFileSync } = await import('node:child_process')
    expect(run.conclusion).toBe('success')
    expect(execFileSync('ps', ['-eo', 'args']).toString()).not.toContain(`${mark} 1000`)
  })

  it('that uses too many processes or too much memory is ended, and says so', async () => {
    const small = await openHouse({ limits: { processes: 60, memoryBytes: 300 * 1024 * 1024 } })
    try {
      const memory = await small.run(steps(`node -e 'const all=[]; setInterval(() => all.push(Buffer.alloc(2e7, 1)), 100)'`))
      const many = await small.run(steps(`for n in $(seq 100); do sleep 30 & done; wait; echo survived`))

      expect(memory.jobs[0]).toMatchObject({ conclusion: 'failure', why: expect.stringContaining('of memory') })
      expect(many.jobs[0]).toMatchObject({ conclusion: 'failure', why: expect.stringContaining('processes, and 60 are the most') })
    } finally {
      await small.close()
    }
  })
})

describe('without isolation', () => {
  it('runs of those with write access run, labelled so; outside ones wait with that reason', async () => {
    const bare = await openHouse({ isolation: 'none' })
    try {
      const workflow = 'on: [push, pull_request]\njobs: {a: {runs-on: x, steps: [{run: echo works}]}}'
      const run = await bare.run(workflow)
      const pullRequest = { number: 1, head: run.commit, base: run.commit, isOutside: true, isDraft: false, title: 'x' }
      const [outside] = await bare.runs.trigger(bare.event(run.commit, { name: 'pull_request', actor: 'mallory', pullRequest }))
      const waiting = await bare.until(outside?.id ?? '', ({ state }) => state === 'waiting')
      await bare.runs.decide(waiting.id, { isApproved: true }, 'grace')

      expect(run.jobs[0]).toMatchObject({ isolation: 'none', conclusion: 'success' })
      expect(await bare.text(run)).toContain('works')
      expect(waiting.why).toContain('steps cannot be isolated on this machine')
      expect(await bare.ended(outside)).toMatchObject({ conclusion: 'cancelled', jobs: [] })
    } finally {
      await bare.close()
    }
  })
})

describe('a folder that the operator shows', () => {
  it('can be read, and not written, though it lies where jobs have their own temporary files', async () => {
    const shown = mkdtempSync(join(tmpdir(), 'shown-'))
    writeFileSync(join(shown, 'tool.txt'), 'a tool')
    const own = await openHouse({ visibleFolders: [shown] })
    try {
      const run = await own.run(
        steps(`cat ${shown}/tool.txt; echo x > ${shown}/tool.txt || echo refused; echo mine > /tmp/mine && cat /tmp/mine`),
      )

      const text = await own.text(run)
      expect(text).toContain('a tool')
      expect(text).toContain('refused')
      expect(text).toContain('mine')
      expect(readFileSync(join(shown, 'tool.txt'), 'utf8')).toBe('a tool')
    } finally {
      await own.close()
      rmSync(shown, { recursive: true, force: true })
    }
  })
})
