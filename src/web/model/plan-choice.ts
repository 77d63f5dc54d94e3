/** What the plan is asked with, kept in links. */
import { signal } from '@preact/signals';
import { isProfileName } from '../../pure/profiles/index.ts';
import { linkText } from './linked.ts';

/** Whose rules; empty for those of the definition's VMM. */
export const planProfile = signal('');
/** The host that the definitions were written for, by the content of its input (`contentId`); empty where none is named. */
export const planAuthor = signal('');

linkText('plan-profile', planProfile, (text): text is string => isProfileName(text));
linkText('written-for', planAuthor, (text): text is string => /^[0-9a-f]{8}$/.test(text));
