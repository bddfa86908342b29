/** Whether an address is at another site of ours: a CDN, which wants its cookies. */
export const isElsewhere = (url: string): boolean => new URL(url, location.href).origin !== location.origin;
