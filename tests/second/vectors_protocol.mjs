export const PROTOCOL = {};
