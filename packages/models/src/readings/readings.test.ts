import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { readMetrics } from './metrics-file.ts'
import { doubledRowId, readPredictions, readRowIds } from './predictions-file.ts'
import { readTable } from './table.ts'
import { readTextFile } from './text-file.ts'

describe('figures of a file', () => {
  it.each([
    [
      'metrics.json',
      '{"eval": {"auc": 0.9, "loss": {"value": 0.2, "n": 500}}, "name": "x"}',
      { 'eval.auc': { value: 0.9 }, 'eval.loss': { value: 0.2, n: 500 }, name: { value: 'x' } },
    ],
    ['metrics.yaml', 'eval:\n  auc: 0.9\n  bad: .nan\n', { 'eval.auc': { value: 0.9 }, 'eval.bad': { value: Number.NaN } }],
    [
      'metrics.json',
      '{"auc": NaN, "note": "a, NaN, b", "loss": -Infinity}',
      { auc: { value: Number.NaN }, note: { value: 'a, NaN, b' }, loss: { value: -Infinity } },
    ],
    ['metrics.csv', 'auc,loss\n0.9,0.2\n', { auc: { value: 0.9 }, loss: { value: 0.2 } }],
    [
      'metrics.csv',
      'name,value\nauc,0.9\nloss,nan\nnote,n/a\n',
      { auc: { value: 0.9 }, loss: { value: Number.NaN }, note: { value: 'n/a' } },
    ],
    ['metrics.tsv', 'metric\tvalue\nauc\t1e-3\n', { auc: { value: 0.001 } }],
    // pandas 3.1: a Series and a DataFrame with one row, in each form that there is
    ['series.csv', ',0\nauc,0.9\nloss,0.1\n', { auc: { value: 0.9 }, loss: { value: 0.1 } }],
    ['series.csv', 'metric,value\r\nauc,0.9\r\nloss,0.1\r\n', { auc: { value: 0.9 }, loss: { value: 0.1 } }],
    ['frame.csv', ',auc,loss\n0,0.9,0.1\n', { auc: { value: 0.9 }, loss: { value: 0.1 } }],
    ['frame.csv', '\uFEFF"auc";"loss"\r\n0.9;0.1\r\n', { auc: { value: 0.9 }, loss: { value: 0.1 } }],
    ['frame.json', '\uFEFF[{"auc":0.9,"loss":0.1}]', { auc: { value: 0.9 }, loss: { value: 0.1 } }],
    ['frame.json', '{"auc":{"0":0.9},"loss":{"0":0.1}}', { auc: { value: 0.9 }, loss: { value: 0.1 } }],
    ['frame.json', '{"0":{"auc":0.9,"loss":0.1}}', { auc: { value: 0.9 }, loss: { value: 0.1 } }],
    ['frame.json', '{"columns":["auc","loss"],"index":[0],"data":[[0.9,0.1]]}', { auc: { value: 0.9 }, loss: { value: 0.1 } }],
    [
      'frame.json',
      '{"schema":{"fields":[{"name":"index","type":"integer"}]},"data":[{"index":0,"auc":0.9,"loss":0.1}]}',
      { auc: { value: 0.9 }, loss: { value: 0.1 } },
    ],
    // scikit-learn's classification_report, as a dictionary and as a table
    [
      'report.json',
      '{"0": {"f1-score": 0.6}, "accuracy": 0.7, "macro avg": {"f1-score": 0.66}}',
      { '0.f1-score': { value: 0.6 }, accuracy: { value: 0.7 }, 'macro avg.f1-score': { value: 0.66 } },
    ],
    [
      'report.csv',
      ',precision,f1-score\n0,0.5,0.6\nmacro avg,0.75,0.66\n',
      {
        '0.precision': { value: 0.5 },
        '0.f1-score': { value: 0.6 },
        'macro avg.precision': { value: 0.75 },
        'macro avg.f1-score': { value: 0.66 },
      },
    ],
    // `dvc metrics show --json` of DVC 3.67
    ['shown.json', '{"": {"data": {"metrics.json": {"data": {"eval": {"auc": 0.9}}}}}}', { 'eval.auc': { value: 0.9 } }],
    // `mlflow.search_runs(…).to_csv()`
    ['runs.csv', ',run_id,status,metrics.auc,params.depth\n0,abc,FINISHED,0.9,8\n', { auc: { value: 0.9 } }],
    ['metrics.yaml', 'a: 1.0e-12\nb: .inf\n', { a: { value: 1e-12 }, b: { value: Infinity } }],
    ['odd.json', '{"__proto__": {"constructor": 1}}', { '__proto__.constructor': { value: 1 } }],
  ])('%s: %s', (name, text, expected) => {
    expect({ ...readMetrics(name, text) }).toEqual(expected)
  })

  it.each([
    ['metrics.json', '', 'it is empty'],
    ['metrics.json', '[1, 2]', 'no names with figures'],
    ['metrics.json', '{"a": ', 'cannot be read'],
    ['metrics.yaml', 'a: [', 'cannot be read'],
    ['metrics.csv', 'a,b\n1,2\n3,4\n', '2 rows of values'],
    ['headless.csv', 'auc,0.9\nloss,0.1\n', 'where the names of columns belong'],
    ['history.csv', 'step,auc\n0,0.5\n1,0.9\n', 'Of a history, write the row that is meant'],
    ['metrics.csv', 'name;value\r\nauc;0,91\r\n', "'value' has '0,91' in row 1, with a decimal comma"],
    ['metrics.json', '{"auc": "0,91"}', 'decimal comma'],
    ['metrics.csv', 'name,value\nauc,0.9\nauc,0.8\n', "'auc' is there twice"],
    ['metrics.toml', 'auc = 0.9', 'TOML is not read'],
    ['diff.json', '{"metrics.json": {"auc": {"old": 0.9, "new": 0.95, "diff": 0.05}}}', 'what `dvc metrics diff` says'],
    ['metrics.yaml', 'a: !!python/object/apply:numpy.core.multiarray.scalar [x]', 'unknown tag'],
    ['wide.json', `{${Array.from({ length: 10_001 }, (_, at) => `"m${at}":1`).join(',')}}`, 'more than 10000 figures'],
    ['deep.json', `${'{"a":'.repeat(30)}1${'}'.repeat(30)}`, 'deep inside each other'],
  ])('that are none are refused with the reason: %s %s', (name, text, why) => {
    expect(() => readMetrics(name, text)).toThrow(why)
  })
})

describe('answers row by row', () => {
  it('are found under their usual names, and further columns are kept', () => {
    const read = readPredictions('p.csv', '﻿id,y_true,score,country,latency_ms\na,1,0.9,KR,12.5\nb,0,,DE,8\n')

    expect(read).toEqual({
      rowIds: ['a', 'b'],
      labels: [1, 0],
      scores: [0.9, Number.NaN],
      columns: { country: ['KR', 'DE'], latency_ms: [12.5, 8] },
    })
  })

  it('come from JSON lines, with a column for each class', () => {
    const text = '{"id": 1, "label": "cat", "cat": 0.8, "dog": 0.2}\n\n{"id": 2, "label": "dog", "cat": 0.1, "dog": 0.9}\n'

    const read = readPredictions('p.jsonl', text, { probabilities: ['cat', 'dog'] })

    expect(read).toMatchObject({
      rowIds: ['1', '2'],
      labels: ['cat', 'dog'],
      probabilities: [
        [0.8, 0.2],
        [0.1, 0.9],
      ],
      classNames: ['cat', 'dog'],
    })
  })

  it('of amounts are numbers', () => {
    expect(readPredictions('p.csv', 'id,target,prediction\n1,10.5,11\n2,3,2.5\n', {}, 'regression')).toMatchObject({
      labels: [10.5, 3],
      values: [11, 2.5],
    })
  })

  // pandas 3.1, DataFrame({"id": ["a", "b"], "y_true": [1, 0], "y_score": [0.9, nan], "flag": [True, False]})
  it.each([
    ['lines.jsonl', '{"id":"a","y_true":1,"y_score":0.9,"flag":true}\r\n{"id":"b","y_true":0,"y_score":null,"flag":false}\r\n'],
    ['lines.json', '{"id":"a","y_true":1,"y_score":0.9,"flag":true}\n{"id":"b","y_true":0,"y_score":null,"flag":false}\n'],
    ['records.json', '[{"id":"a","y_true":1,"y_score":0.9,"flag":true},{"id":"b","y_true":0,"y_score":null,"flag":false}]'],
    ['columns.json', '{"id":{"0":"a","1":"b"},"y_true":{"0":1,"1":0},"y_score":{"0":0.9,"1":null},"flag":{"0":true,"1":false}}'],
    ['index.json', '{"0":{"id":"a","y_true":1,"y_score":0.9,"flag":true},"1":{"id":"b","y_true":0,"y_score":null,"flag":false}}'],
    ['split.json', '{"columns":["id","y_true","y_score","flag"],"index":[0,1],"data":[["a",1,0.9,true],["b",0,null,false]]}'],
    ['table.json', '{"columns":["id","y_true","y_score","flag"],"data":[["a",1,0.9,true],["b",0,null,false]]}'],
    [
      'table.json',
      '{"schema":{"fields":[]},"data":[{"index":0,"id":"a","y_true":1,"y_score":0.9,"flag":true},{"index":1,"id":"b","y_true":0,"y_score":null,"flag":false}]}',
    ],
    ['with-index.csv', ',id,y_true,y_score,flag\n0,a,1,0.9,True\n1,b,0,,False\n'],
    ['again.csv', 'Unnamed: 0,id,y_true,y_score,flag\n0,a,1,0.9,True\n1,b,0,,False\n'],
    ['windows.csv', '\uFEFF"id";"y_true";"y_score";"flag"\r\na;1;0.9;True\r\nb;0;;False\r\n'],
    ['tabs.csv', 'id\ty_true\ty_score\tflag\na\t1\t0.9\tTrue\nb\t0\t\tFalse\n'],
  ])('come as pandas writes them: %s %s', (name, text) => {
    const { columns, ...read } = readPredictions(name, text)

    expect(read).toEqual({ rowIds: ['a', 'b'], labels: [1, 0], scores: [0.9, Number.NaN] })
    expect(columns?.['flag']).toEqual([true, false])
  })

  it('join by what pandas calls rows where they have no other names', () => {
    expect(readPredictions('p.csv', ',y,score\n17,1,0.5\n4,0,0.2\n').rowIds).toEqual(['17', '4'])
    expect(readPredictions('p.json', '{"y":{"17":1,"4":0},"score":{"17":0.5,"4":0.2}}').rowIds).toEqual(['4', '17'])
    expect(readPredictions('p.csv', ',transaction_id,y\n0,t-1,1\n1,t-2,0\n').rowIds).toEqual(['t-1', 't-2'])
    expect(readPredictions('p.csv', 'id,y\n17.0,1\n4.0,0\n').rowIds).toEqual(['17', '4'])
    expect(readPredictions('p.csv', 'id,y\n1.0,1\n1.2,0\n').rowIds).toEqual(['1.0', '1.2'])
  })

  it('that have an id twice are told by row', () => {
    expect(doubledRowId({ rowIds: ['a', 'b', 'a'] })).toBe("row id 'a' is there twice, in rows 1 and 3")
    expect(doubledRowId({ rowIds: ['a', 'b', '__proto__'] })).toBeUndefined()
  })

  it.each([
    ['p.csv', 'id;y;score\r\na;1;0,9\r\n', "'score' has '0,9' in row 1, with a decimal comma"],
    ['p.csv', 'id,y,score\na,1,"0,9"\n', 'decimal comma'],
    ['p.json', '[["a",1,0.9]]', "write it with orient='records'"],
    ['p.json', '{"x":{"q":1,"r":2},"y2":{"q":1,"r":2}}', 'cannot be told'],
    ['p.json', '{"id":{"0":"a"},"y":{"0":1,"1":0}}', "'y' has other rows than 'id'"],
    ['p.json', '{"id":["a"],"y":[1,0]}', "'y' has 2 values and 'id' 1"],
    ['p.json', '{"columns":["id","y"],"data":[["a"]]}', 'row 1 has not 2 values'],
    ['p.jsonl', '{"id":1,"y":1}\n{"id":', 'p.jsonl:2'],
  ])('that cannot be understood are refused with the place: %s %s', (name, text, why) => {
    expect(() => readPredictions(name, text)).toThrow(why)
  })

  it('are refused with what was found', () => {
    expect(() => readPredictions('p.csv', 'a,b\n1,2\n')).toThrow('no column has the labels (found a, b)')
    expect(() => readPredictions('p.csv', 'id,y\n1,2\n', { score: 'p' })).toThrow("no column 'p', which columns.score names (found id, y)")
    expect(() => readTable('p.csv', 'a,a\n1,2\n')).toThrow("column 'a' is there twice")
    expect(() => readTable('p.csv', 'a,b\n1,2,3\n')).toThrow('p.csv cannot be read')
    expect(() => readRowIds('t.csv', 'x,y\n1,2\n')).toThrow('no column has the row ids')
  })
})

describe('a file of figures or rows', () => {
  const folder = mkdtempSync(join(tmpdir(), 'readings-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const written = (name: string, content: string | Buffer): string => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }

  it('is text in UTF-8, also with a mark and packed', async () => {
    expect(await readTextFile(written('a.csv', '\uFEFFid,나라\n'))).toBe('id,나라\n')
    const packed = written('b.csv.gz', gzipSync('id,y,score\na,1,0.5\n'))
    expect(readPredictions(packed, await readTextFile(packed)).scores).toEqual([0.5])
  })

  it.each([
    ['utf16.csv', Buffer.from('\uFEFFid,y\n', 'utf16le'), 'it is in UTF-16'],
    ['euc-kr.csv', Buffer.from([0x69, 0x64, 0x2c, 0xb3, 0xaa, 0x0a]), 'no text in UTF-8'],
    ['p.parquet', Buffer.from('PAR1\0\0'), 'it is Parquet'],
    ['p.npy', Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 0, 1]), 'it is no text'],
    ['bomb.csv.gz', gzipSync(Buffer.alloc(33 * 1024 * 1024)), 'larger than 32 MiB'],
    ['cut.csv.gz', gzipSync('id,y\n').subarray(0, 12), 'it is damaged'],
  ])('that is none is refused with the reason: %s', async (name, content, why) => {
    await expect(readTextFile(written(name, content))).rejects.toThrow(why)
  })

  it('that is missing, a folder or too large is refused before it is read', async () => {
    const huge = written('huge.json', '')
    truncateSync(huge, 40 * 1024 * 1024)

    await expect(readTextFile(join(folder, 'none.json'))).rejects.toThrow('it is not there')
    await expect(readTextFile(folder)).rejects.toThrow('it is a folder')
    await expect(readTextFile(huge)).rejects.toThrow('larger than 32 MiB')
  })
})
