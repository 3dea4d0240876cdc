import { describe, expect, it } from 'vitest'
import { mapOf } from '../step/values.ts'
import { readDefinition } from './container-definition.ts'
import { readOptions } from './container-options.ts'
import { wordsOf } from './words.ts'

const limits = { memoryBytes: 4 * 1024 ** 3 }
const read = (text: string) => readOptions(text, "service 'db'", limits)

describe('options of a container', () => {
  it('that say how it behaves inside are handed on, as a shell would cut them into words', () => {
    const found = read(`--health-cmd "pg_isready -U 'me'" --health-interval=10s\n --cpus 1.5 -m 512m -u1000:1000 --init --shm-size 1g`)

    expect(found.argv).toEqual([
      "--health-cmd=pg_isready -U 'me'",
      '--health-interval=10s',
      '--cpus=1.5',
      '--memory=512m',
      '--user=1000:1000',
      '--init',
      '--shm-size=1g',
    ])
  })

  it('set variables and names on the network without the engine seeing them as such', () => {
    const found = read('-e A=1 --env "B=two words" --name postgres --network-alias db2')

    expect(found).toEqual({ argv: [], env: new Map([['A', '1'], ['B', 'two words']]), aliases: ['postgres', 'db2'] }) // prettier-ignore
  })

  it.each([
    '--privileged',
    '--privileged=true',
    '--pid=host',
    '--pid host',
    '--ipc=host',
    '--network host',
    '--net=host',
    '--network=container:x',
    '--volume /:/host',
    '-v /:/host',
    '-v/:/host',
    '--mount type=bind,source=/,target=/x',
    '--device /dev/sda',
    '--cap-add ALL',
    '--cap-add=SYS_ADMIN',
    '--security-opt seccomp=unconfined',
    '--userns=host',
    '--uts=host',
    '--cgroupns=host',
    '--cgroup-parent=/',
    '--volumes-from x',
    '--gpus all',
    '--group-add keep-groups',
    '--restart always',
    '--runtime runc',
    '--sysctl a=b',
    '--publish 80:80',
    '-p 80:80',
    '-P',
    '--env-file /etc/passwd',
    '--label a=b',
    '--label-file /x',
    '--cidfile /x',
    '--entrypoint sh',
    '--rm',
    '--detach',
    '-d',
    '--pids-limit=-1',
    '--oom-kill-disable',
    '--rootfs /',
    '--init-path /x',
    '--annotation a=b',
    '--device-cgroup-rule "c 1:3 mr"',
    '--isolation=host',
    '--log-driver=x',
    '--hooks-dir /x',
    '--conmon-pidfile /x',
    '--preserve-fds 9',
    '--secret x',
    '--pull always',
    'image',
    '--',
    '-',
    '--memor 1',
  ])('%s is refused by its name', (option) => {
    expect(() => read(`--cpus 1 ${option}`)).toThrow(`'options' of service 'db': '${option.split(/[ =]/)[0]?.slice(0, option.startsWith('-v/') ? 99 : undefined)}' is not allowed`) // prettier-ignore
  })

  it('cannot take more memory than a job may use, nor variables of the server, nor leave a value out', () => {
    expect(() => read('--memory 5g')).toThrow("'--memory 5g' is more than a job may use")
    expect(() => read('-m5g')).toThrow('more than a job may use')
    expect(() => read('--memory-swap=-1')).toThrow('without a limit')
    expect(() => read('--env HOME')).toThrow('Write NAME=VALUE')
    expect(() => read('--cpus')).toThrow("'--cpus' has no value")
    expect(() => read('--health-cmd "x')).toThrow('a quote is not closed')
    expect(() => read('--tty=perhaps')).toThrow('true or false')
  })
})

describe('words', () => {
  it.each([
    ['a  b\tc\nd', ['a', 'b', 'c', 'd']],
    [`'a b'"c d"e\\ f`, ['a bc de f']],
    [`"a \\"b\\" \\c" '\\'`, ['a "b" \\c', '\\']],
    [`'' ""`, ['', '']],
    ['', []],
    ['a \\', ['a', '\\']],
    [`'a`, undefined],
    [`"a\\"`, undefined],
  ])('of %j are %j', (text, words) => {
    expect(wordsOf(text)).toEqual(words)
  })
})

describe('a container', () => {
  const define = (fields: Record<string, unknown>) =>
    readDefinition(mapOf(Object.entries({ image: 'x', ...fields }) as never), "service 'db'")

  it('is an image alone, or a map; without an image it is not there', () => {
    expect(readDefinition('docker://postgres:16', 'x')?.image).toBe('postgres:16')
    expect(define({ image: 'registry.example/a/b@sha256:0a' })?.image).toBe('registry.example/a/b@sha256:0a')
    expect(readDefinition('', 'x')).toBeUndefined()
    expect(define({ image: '' })).toBeUndefined()
    expect(() => define({ image: '--privileged' })).toThrow("'--privileged', the image of service 'db', is no name of an image")
    expect(() => define({ image: 'a b' })).toThrow('is no name of an image')
  })

  it('has ports and volumes in the forms of GitHub, and none that name an address', () => {
    const found = define({ ports: [80, '8080:80', '53/UDP', '0:90'], volumes: ['/a', '/a:ro', 'data:/b', '/src:/c:ro'] })

    expect(found?.ports).toEqual([
      { container: '80', protocol: 'tcp' },
      { host: '8080', container: '80', protocol: 'tcp' },
      { container: '53', protocol: 'udp' },
      { container: '90', protocol: 'tcp' },
    ])
    expect(found?.volumes).toEqual([
      { target: '/a', isReadOnly: false },
      { target: '/a', isReadOnly: true },
      { source: 'data', target: '/b', isReadOnly: false },
      { source: '/src', target: '/c', isReadOnly: true },
    ])
    for (const port of ['0.0.0.0:80:80', '80-90', '99999', 'x', '80 --privileged'])
      expect(() => define({ ports: [port] })).toThrow(`'${port}' under 'ports'`)
    for (const volume of ['a:b:c:d', 'relative', ':/x', 'x:/y:z'])
      expect(() => define({ volumes: [volume] })).toThrow(`'${volume}' under 'volumes'`)
  })
})
