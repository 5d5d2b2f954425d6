using System;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;
using TunStats.Interop;
using static TunStats.Interop.FileConstants;
using static TunStats.Interop.SocketConstants;
using static TunStats.Interop.TerminalConstants;

namespace TunStats.IO;

/// <summary>
/// The terminal of this process as a whole screen: keys come one by one and are not echoed, the screen is a second one,
/// and the terminal is left as it was however the process ends, unless it is killed. Ctrl+C stays a signal.
/// </summary>
internal sealed class Terminal : IDisposable
{
    private const string Path = "/dev/tty";
    private const string Enter = "\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[H\u001b[2J";
    private const string Leave = "\u001b[0m\u001b[?7h\u001b[?25h\u001b[?1049l";

    // Who holds the terminal's output up for longer than this does not see the last of it.
    private static readonly TimeSpan LeaveLimit = TimeSpan.FromMilliseconds(300);

    private readonly SafeFileDescriptor _descriptor;
    private readonly DescriptorOutput _output;
    private readonly DescriptorWait _wait;
    private readonly termios _modes;
    private readonly PosixSignalRegistration[] _signals;
    private readonly object _gate = new();
    private volatile bool _hasLeft;

    private Terminal(SafeFileDescriptor descriptor, in termios modes, TimeProvider timeProvider)
    {
        _descriptor = descriptor;
        _modes = modes;
        _wait = new DescriptorWait(timeProvider);
        _output = new DescriptorOutput(descriptor, timeProvider);

        // Before the signal's own end of the process; a program that ends by itself disposes of this.
        _signals =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => Restore()),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, _ => Restore()),
        ];
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
    }

    /// <summary>Refuses where standard output is not a terminal that can place text.</summary>
    /// <exception cref="TunStatsException">Standard output is redirected, or TERM is dumb.</exception>
    internal static void RequireOutput()
    {
        if (!Libc.IsTerminal(StandardDescriptors.Output))
        {
            throw NotATerminal("standard output is redirected");
        }

        if (Environment.GetEnvironmentVariable("TERM") == "dumb")
        {
            throw NotATerminal("this one cannot place text: TERM is 'dumb'");
        }
    }

    /// <summary>Takes the terminal over.</summary>
    /// <param name="timeProvider">The clock.</param>
    /// <exception cref="TunStatsException">There is none, or standard output is redirected.</exception>
    internal static Terminal Open(TimeProvider timeProvider)
    {
        RequireOutput();

        // An open file of its own: what is set on it is not set on the output that other processes share.
        SafeFileDescriptor descriptor = Libc.OpenFile(Path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
        if (descriptor.IsInvalid || GetModes(descriptor) is not { } modes)
        {
            descriptor.Dispose();
            throw NotATerminal("this process has no terminal");
        }

        var terminal = new Terminal(descriptor, modes, timeProvider);
        try
        {
            terminal.SetModes(WithoutEcho(modes));
            terminal.Write(Enter, CancellationToken.None);
            return terminal;
        }
        catch
        {
            terminal.Dispose();
            throw;
        }
    }

    /// <summary>Columns and rows; 80 by 24 where the terminal does not tell.</summary>
    internal unsafe (int Width, int Height) Size
    {
        get
        {
            winsize size;
            bool isTold = Libc.ioctl_winsize(_descriptor, TIOCGWINSZ, &size) == 0;
            return isTold && size.ws_col > 0 && size.ws_row > 0 ? (size.ws_col, size.ws_row) : (80, 24);
        }
    }

    /// <summary>Writes text; waits where the terminal takes none.</summary>
    /// <exception cref="DescriptorException">The terminal is gone.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled before all was written.</exception>
    internal void Write(string text, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_hasLeft)
            {
                return;
            }

            _output.Write(Encoding.UTF8.GetBytes(text), cancellationToken);
            _output.Flush(cancellationToken);
        }
    }

    /// <summary>Waits for keys.</summary>
    /// <param name="bytes">Takes what they send.</param>
    /// <param name="limit">How long to wait.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>How many bytes there are; 0 if the time was up.</returns>
    /// <exception cref="DescriptorException">The terminal is gone.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    internal unsafe int Read(Span<byte> bytes, TimeSpan limit, CancellationToken cancellationToken)
    {
        _wait.Start(limit);
        if (!_wait.Readable(_descriptor, cancellationToken))
        {
            return 0;
        }

        fixed (byte* buffer = bytes)
        {
            nint count = Libc.read(_descriptor, buffer, (nuint)bytes.Length);
            Errno errno = count < 0 ? Libc.LastError : Errno.None;
            return count > 0 ? (int)count
                : errno is Errno.EAGAIN or Errno.EINTR ? 0
                : throw new DescriptorException("Reading keys", errno == Errno.None ? Errno.EIO : errno);
        }
    }

    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        Array.ForEach(_signals, signal => signal.Dispose());
        Restore();
        _wait.Dispose();
        _output.Dispose();
    }

    private static TunStatsException NotATerminal(string why) => new(
        ErrorKind.NotATerminal,
        $"The live view needs a terminal, and {why}. Run it at a terminal; for scripts there are counters, samples and "
        + "flows as objects, tables and JSON.");

    private static unsafe termios? GetModes(SafeFileDescriptor descriptor)
    {
        termios modes;
        return Libc.tcgetattr(descriptor, &modes) == 0 ? modes : null;
    }

    private static unsafe termios WithoutEcho(termios modes)
    {
        modes.c_iflag &= ~IXON;
        modes.c_lflag &= ~(ICANON | ECHO | IEXTEN);

        // A stopped or killed view would leave its screen to the shell.
        modes.c_cc[VSUSP] = 0;
        modes.c_cc[VQUIT] = 0;
        modes.c_cc[VMIN] = 1;
        modes.c_cc[VTIME] = 0;
        return modes;
    }

    private unsafe void SetModes(termios modes)
    {
        if (Libc.tcsetattr(_descriptor, TCSANOW, &modes) != 0)
        {
            throw new DescriptorException("Setting the terminal's modes (tcsetattr)", Libc.LastError);
        }
    }

    private void OnProcessExit(object? sender, EventArgs e) => Restore();

    private void Restore()
    {
        bool isHeld = Monitor.TryEnter(_gate, LeaveLimit);
        try
        {
            if (_hasLeft)
            {
                return;
            }

            _hasLeft = true;
            using var limit = new CancellationTokenSource(LeaveLimit);
            SetModes(_modes);
            _output.Write(Encoding.UTF8.GetBytes(Leave), limit.Token);
            _output.Flush(limit.Token);
        }
        catch (Exception e) when (e is DescriptorException or OperationCanceledException or ObjectDisposedException)
        {
            // The terminal is gone, or takes nothing: there is nothing left to restore it with.
        }
        finally
        {
            if (isHeld)
            {
                Monitor.Exit(_gate);
            }
        }
    }
}
