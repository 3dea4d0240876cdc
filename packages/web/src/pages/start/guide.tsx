import { Link } from '@tanstack/react-router'
import { storySteps } from '../../facts/story.ts'
import { hideGuide, useGuideHidden, useIsDemo, useStory } from '../../loaders/story.ts'
import { IconButton } from '../../parts/button.tsx'
import { Icon } from '../../parts/icon.tsx'
import { useWords } from '../../words/index.tsx'

/** In the sidebar of the demo, until it is hidden: the way to the guide, and how far one is. */
export function GuideLink() {
  const words = useWords()
  const isDemo = useIsDemo() === true
  const isHidden = useGuideHidden()
  const isOn = isDemo && !isHidden
  const { story, isKnown } = useStory(isOn, false)
  if (!isOn) return null
  return (
    <div className="nav-group">
      <ul>
        <li>
          <Link to="/start" title={words.shell.start}>
            <Icon name="i-play" />
            <span>{words.shell.start}</span>
            {isKnown && <span className="count">{`${story.done}/${storySteps.length}`}</span>}
          </Link>
        </li>
      </ul>
    </div>
  )
}

/** Above the list of applications, for those who have just come. */
export function GuideBanner() {
  const words = useWords()
  const w = words.story
  const isDemo = useIsDemo() === true
  const isHidden = useGuideHidden()
  if (!isDemo || isHidden) return null
  return (
    <p className="guide-banner">
      <Icon name="i-play" />
      <span>
        {w.banner}{' '}
        <Link className="link" to="/start">
          {w.open}
        </Link>
      </span>
      <IconButton icon="i-x" label={w.dismiss} look="ghost" small onClick={() => hideGuide(true)} />
    </p>
  )
}
