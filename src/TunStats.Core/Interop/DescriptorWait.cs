using System;
using System.Threading;
using static TunStats.Interop.SocketConstants;

namespace TunStats.Interop;

/// <summary>
/// Waits until a descriptor can be read or written, a time limit is reached or a token is cancelled. The wake-up
/// descriptor is created at the first wait.
/// </summary>
internal sealed class DescriptorWait : IDisposable
{
    private readonly TimeProvider _timeProvider;
    private SafeFileDescriptor? _wake;
    private long _start;
    private TimeSpan _limit;

    internal DescriptorWait(TimeProvider timeProvider) => _timeProvider = timeProvider;

    /// <summary>Starts the time limit, which several waits may share.</summary>
    /// <param name="limit">The limit; <see cref="Timeout.InfiniteTimeSpan"/> for none.</param>
    internal void Start(TimeSpan limit)
    {
        _limit = limit;
        _start = _timeProvider.GetTimestamp();
    }

    /// <summary>Waits for one descriptor.</summary>
    /// <returns>True when it can be read (or has an error pending), false on timeout.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="DescriptorException">The kernel refused to wait, for lack of descriptors or memory.</exception>
    internal bool Readable(SafeFileDescriptor descriptor, CancellationToken cancellationToken) =>
        Ready(descriptor, POLLIN, cancellationToken);

    /// <summary>Waits for one descriptor.</summary>
    /// <returns>True when it takes bytes (or has an error pending), false on timeout.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="DescriptorException">The kernel refused to wait, for lack of descriptors or memory.</exception>
    internal bool Writable(SafeFileDescriptor descriptor, CancellationToken cancellationToken) =>
        Ready(descriptor, POLLOUT, cancellationToken);

    /// <summary>Creates the wake-up descriptor now, where its failure can still be reported.</summary>
    /// <exception cref="DescriptorException">The kernel has no descriptor or no memory for it.</exception>
    internal void Prepare() => _wake ??= OpenWake();

    /// <summary>Waits for any of several descriptors, which the caller holds open meanwhile.</summary>
    /// <param name="descriptors">
    /// What to wait for; the kernel's answers are in them afterwards. The last element is for the wake-up descriptor.
    /// </param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>False on timeout.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="DescriptorException">The kernel refused to wait, for lack of descriptors or memory.</exception>
    internal bool Any(Span<pollfd> descriptors, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        SafeFileDescriptor wake = _wake ??= OpenWake();
        using CancellationTokenRegistration registration =
            cancellationToken.UnsafeRegister(static state => Signal((SafeFileDescriptor)state!), wake);
        bool ready = Poll(descriptors, wake);
        if (cancellationToken.IsCancellationRequested)
        {
            // The callback may still be under way: it must not signal the next wait.
            registration.Dispose();
            Drain(wake);
            cancellationToken.ThrowIfCancellationRequested();
        }

        return ready;
    }

    /// <inheritdoc/>
    public void Dispose() => _wake?.Dispose();

    private bool Ready(SafeFileDescriptor descriptor, short events, CancellationToken cancellationToken)
    {
        bool isHeld = false;
        try
        {
            descriptor.DangerousAddRef(ref isHeld);
            Span<pollfd> fds = stackalloc pollfd[2];
            fds[0] = new pollfd { fd = (int)descriptor.DangerousGetHandle(), events = events };
            return Any(fds, cancellationToken) && fds[0].revents != 0;
        }
        finally
        {
            if (isHeld)
            {
                descriptor.DangerousRelease();
            }
        }
    }

    private unsafe bool Poll(Span<pollfd> descriptors, SafeFileDescriptor wake)
    {
        bool isHeld = false;
        try
        {
            wake.DangerousAddRef(ref isHeld);
            descriptors[^1] = new pollfd { fd = (int)wake.DangerousGetHandle(), events = POLLIN };
            fixed (pollfd* fds = descriptors)
            {
                while (true)
                {
                    int count = Libc.poll(fds, (nuint)descriptors.Length, RemainingMilliseconds());
                    Errno errno = count < 0 ? Libc.LastError : Errno.None;
                    if (errno is not (Errno.None or Errno.EINTR))
                    {
                        throw new DescriptorException("Waiting for a descriptor (poll)", errno);
                    }

                    if (errno == Errno.None)
                    {
                        return count > 0;
                    }
                }
            }
        }
        finally
        {
            if (isHeld)
            {
                wake.DangerousRelease();
            }
        }
    }

    private int RemainingMilliseconds()
    {
        if (_limit == Timeout.InfiniteTimeSpan)
        {
            return -1;
        }

        double remaining = Math.Ceiling((_limit - _timeProvider.GetElapsedTime(_start)).TotalMilliseconds);
        return (int)Math.Clamp(remaining, 0, int.MaxValue);
    }

    private static SafeFileDescriptor OpenWake()
    {
        SafeFileDescriptor wake = Libc.OpenEvent(EFD_CLOEXEC | EFD_NONBLOCK);
        return wake.IsInvalid
            ? throw new DescriptorException("Preparing a wait (eventfd)", Libc.LastError)
            : wake;
    }

    private static unsafe void Signal(SafeFileDescriptor wake)
    {
        ulong one = 1;
        Errno errno;
        do
        {
            errno = Libc.write(wake, (byte*)&one, sizeof(ulong)) < 0 ? Libc.LastError : Errno.None;
        }
        while (errno == Errno.EINTR);
        if (errno is not (Errno.None or Errno.EAGAIN))
        {
            throw new DescriptorException("Waking a wait (write)", errno);
        }
    }

    private static unsafe void Drain(SafeFileDescriptor wake)
    {
        ulong count;

        // EAGAIN: nothing was signalled, so there is nothing to drain.
        _ = Libc.read(wake, (byte*)&count, sizeof(ulong));
    }
}
