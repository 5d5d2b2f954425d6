namespace TunStats.Interop;

/// <summary>What a process takes over from the one that started it.</summary>
internal static class InheritedSignals
{
    private const int SIGINT = 2;
    private const nint SIG_DFL = 0;

    /// <summary>
    /// Takes SIGINT again. A shell that starts a program in the background of a script makes it ignore SIGINT, and the
    /// framework keeps to that, even for a handler: whoever sends the signal by hand would wait for ever.
    /// </summary>
    internal static void TakeInterrupt() => _ = Libc.signal(SIGINT, SIG_DFL);
}
