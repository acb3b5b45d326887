import type { CampaignConfig } from '@gauntlet/shared/contracts/campaigns';
import type { Fault } from '@gauntlet/shared/contracts/parse';
import type { Calendar } from '@gauntlet/shared/kernel/calendar';

/** What is wrong with a campaign's windows and blackout dates, every fault. */
export function checkWindows(
  calendar: Calendar,
  { windows, blackoutDates }: Pick<CampaignConfig, 'windows' | 'blackoutDates'>,
): Fault[] {
  const dated = blackoutDates.flatMap((date, index) =>
    isDate(date) ? [] : [{ pointer: `/blackoutDates/${index}`, detail: `${date} is no date` }],
  );
  if (windows === null) {
    const detail = 'blackout dates belong to windows: name the windows too';
    return blackoutDates.length === 0 ? [] : [...dated, { pointer: '/blackoutDates', detail }];
  }
  return [
    ...dated,
    ...windows.flatMap((window, index) => {
      const detail = calendar.whyInvalid(window);
      return detail === null ? [] : [{ pointer: `/windows/${index}`, detail }];
    }),
  ];
}

/** True for a day that the calendar has. @param text as the contract's pattern lets it through */
function isDate(text: string): boolean {
  const [year = 0, month = 0, day = 0] = text.split('-').map(Number);
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
  return year >= 1970 && day >= 1 && day <= days;
}
