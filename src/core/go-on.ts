/** What a session is told that was cut off, and is given nothing more to do. */
export const goOnText = "Go on where you stopped.";
