import { code, say } from './say.ts'
import type { setsEn } from './sets-en.ts'

const applications = (n: number) => `애플리케이션 ${n.toLocaleString('ko')}개`

export const setsKo: typeof setsEn = {
  title: '애플리케이션 세트',
  lede: '폴더, 클러스터, 풀 리퀘스트마다 애플리케이션을 만드는 템플릿',
  theSets: '애플리케이션 세트 목록',
  theSet: '애플리케이션 세트',
  columns: { name: '세트', health: '상태', applications: '애플리케이션', from: '생성기', policy: '정책' },
  none: '아직 애플리케이션 세트가 없습니다',
  noneText: '세트는 템플릿 하나로 저장소의 폴더, 클러스터, 열린 풀 리퀘스트마다 애플리케이션을 하나씩 만듭니다.',
  orCommand: say`${code('plimsoll appset create set.yaml')}`,
  kinds: {
    list: '목록',
    clusters: '클러스터',
    git: 'Git',
    scmProvider: '저장소',
    clusterDecisionResource: '클러스터 결정',
    pullRequest: '풀 리퀘스트',
    matrix: '조합',
    merge: '병합',
    plugin: '플러그인',
  },
  noGenerator: '생성기 없음',
  and: '및',
  applications,
  byHealth: (n, health) => `${health} ${n}개`,
  policyTitle: '애플리케이션을 다루는 방식: syncPolicy.applicationsSync',
  project: (name) => say`프로젝트 ${code(name)}`,
  rolling: (n) => `${n}단계를 차례로`,
  heldLine: (n, all) => `${applications(all)} 중 ${n}개가 삭제될 상황입니다. 의도한 것인지 확인이 필요합니다.`,
  notAllowed: '볼 수만 있는 역할입니다.',
  refresh: '다시 묻기',
  refreshTitle: '지금 모든 생성기에 다시 묻습니다',
  refreshed: '생성기에 다시 묻습니다',
  theRefresh: '다시 묻기',
  delete: '세트 삭제',
  pending: {
    title: (n, all) => `${applications(all)} 중 ${n}개가 삭제될 상황입니다`,
    because: (reason) =>
      reason.kind === 'nothing'
        ? '생성기가 아무것도 내놓지 않습니다.'
        : reason.kind === 'generator'
          ? `생성기 ${reason.number}이(가) 더는 아무것도 내놓지 않습니다.`
          : reason.kind === 'half'
            ? '지금 있는 것의 절반이 넘습니다.'
            : `${reason.text}.`,
    waits: (since) => say`누군가 확인할 때까지 아무것도 삭제하지 않습니다. ${since}부터 기다리고 있습니다.`,
    otherwise: '실수라면 세트나 생성기가 읽는 것을 고치세요. 그러면 아무 일도 일어나지 않습니다.',
    more: (n) => `외 ${n.toLocaleString('ko')}개`,
    confirm: (n) => `${applications(n)} 삭제 …`,
    going: (n) => `확인된 대로 ${applications(n)}를 삭제하는 중`,
  },
  confirm: {
    title: (n) => say`${applications(n)} 삭제`,
    text: '파이널라이저에 따라, 배포한 것도 함께 사라집니다. Git은 그대로입니다.',
    names: '삭제될 애플리케이션',
    type: (name) => say`확인하려면 ${code(name)}을(를) 입력하세요`,
    label: '세트 이름',
    noMatch: '이름이 아직 맞지 않습니다.',
    submit: (n) => `${applications(n)} 삭제`,
    failed: '확인',
    done: (n) => `${applications(n)}를 삭제합니다`,
  },
  remove: {
    title: (name) => say`세트 ${code(name)} 삭제`,
    takes: (n) => (n === 0 ? '애플리케이션이 없습니다.' : `${applications(n)}와 배포한 것이 함께 사라집니다.`),
    keepsResources: (n) => `${applications(n)}가 함께 사라집니다. 배포한 것은 남습니다.`,
    keeps: (n) => `${applications(n)}는 남고, 더는 어느 세트에도 속하지 않습니다.`,
    submit: (n) => (n === 0 ? '세트 삭제' : `세트와 ${applications(n)} 삭제`),
    submitAlone: '세트 삭제',
    failed: '삭제',
    done: (name) => `${name}을(를) 삭제합니다`,
  },
  steps: '단계별 동기화',
  stepsText: '앞 단계의 애플리케이션이 모두 Healthy일 때 다음 단계를 시작합니다',
  step: (n) => `${n}단계`,
  noStep: '단계 없음',
  noStepText: '아무도 동기화하지 않습니다.',
  all: '모두',
  atOnce: (n) => `한 번에 ${n}`,
  healthyOf: (n, all) => `${all}개 중 ${n}개 Healthy`,
  noApplications: '만든 애플리케이션이 없습니다',
  noApplicationsText: '생성기가 아무것도 내놓지 않거나, 아직 생성하지 못했습니다.',
  conditions: '조건',
  conditionColumns: { type: '조건', status: '상태', message: '내용', since: '언제부터' },
  spec: '세트',
  specOf: (name) => `세트 ${name}`,
  madeBy: (name) => say`세트 ${code(name)}에서 생성`,
}
