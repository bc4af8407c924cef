/** Signs tokens of the local stack only, so that it may stand here for everybody to read. */
export const LOCAL_AUTH_SECRET = 'only for development: anyone may read this secret'
