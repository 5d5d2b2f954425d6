using System;
using System.Globalization;
using System.Threading;
using TunStats.Flows;
using TunStats.IO;
using TunStats.Interop;
using TunStats.Links;

namespace TunStats.Capture;

/// <summary>
/// Captures the packets of one device (AF_PACKET, TPACKET_V3): from the kernel into the device is Tx, out of the device
/// is Rx. The device may go down and up and be renamed. When it has been removed and its last packets are read, the
/// next device with its first name is captured. Allocates nothing per packet. Not thread-safe.
/// </summary>
internal sealed class PacketRing : IPacketRing
{
    /// <summary>
    /// The maximum time from a packet's stamp until <see cref="Read"/> returns it. The kernel retires a block that is
    /// not full after 10 ms, with a timer that some kernels fire a clock tick (10 ms) late.
    /// </summary>
    public static readonly TimeSpan SettleTime = TimeSpan.FromMilliseconds(22);

    // How often to look for a missing device, at first and later, and to check that the device still exists. A
    // re-created device carries traffic at once.
    private static readonly TimeSpan QuickInterval = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan QuickTime = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan AwayInterval = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan CheckInterval = TimeSpan.FromMilliseconds(500);

    private readonly PacketRingSocket _socket;
    private readonly LinkClient _links;
    private readonly DescriptorWait _wait;
    private readonly TimeProvider _timeProvider;
    private readonly PacketRingReader _reader;
    private long _namedAt;
    private bool _isAway;
    private long? _downSince;
    private ulong _received;
    private ulong _dropped;

    private PacketRing(string name, PacketRingSocket socket, LinkClient links, TimeProvider timeProvider)
    {
        Name = name;
        CurrentName = name;
        _socket = socket;
        _links = links;
        _reader = new PacketRingReader(socket, timeProvider);
        _timeProvider = timeProvider;
        _wait = new DescriptorWait(timeProvider);
    }

    /// <summary>The device's name when the ring was opened.</summary>
    public string Name { get; }

    /// <inheritdoc/>
    public string CurrentName { get; private set; }

    /// <summary>
    /// When the ring was last empty, as a timestamp of the time provider. Every packet stamped earlier than
    /// <see cref="SettleTime"/> before that moment has been returned. Packets are returned in the order of storing,
    /// which is that of their stamps except for the microseconds between stamp and store on another CPU: if traffic
    /// never lets the ring run empty, a packet with a later stamp proves the same.
    /// </summary>
    public long DrainedAt => _reader.DrainedAt;

    /// <summary>
    /// Whether the kernel reports the segments of frames, so that packets are counted as they are on the wire. If not,
    /// each frame counts as one packet.
    /// </summary>
    public bool CountsSegments => _socket.HasSegments;

    /// <summary>Whether the device was removed and no new one has its name yet.</summary>
    public bool IsGone { get; private set; }

    /// <inheritdoc/>
    public int Returns { get; private set; }

    /// <inheritdoc/>
    public bool HasLost => _reader.HasLost;

    /// <summary>The size of the ring in bytes: the requested one, or less if the kernel lacks memory.</summary>
    public long Bytes => (long)_socket.BlockSize * _socket.Blocks;

    /// <summary>Opens a ring on a device.</summary>
    /// <param name="name">The device's name.</param>
    /// <param name="networkNamespace">The namespace that it is in; null for the caller's own.</param>
    /// <param name="timeProvider">The clock of time limits; null for the system's.</param>
    /// <param name="options">Its options; null for those of a single device.</param>
    /// <exception cref="TunStatsException">There is no such device.</exception>
    /// <exception cref="TunStatsException">Its packets may not or cannot be captured.</exception>
    /// <exception cref="TunStatsException">The namespace may not be entered.</exception>
    public static PacketRing Open(
        string name,
        NetworkNamespace? networkNamespace = null,
        TimeProvider? timeProvider = null,
        PacketRingOptions? options = null)
    {
        options ??= new PacketRingOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Bytes, RingBudget.Smallest);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Bytes, RingBudget.Largest);
        TimeProvider clock = timeProvider ?? TimeProvider.System;
        LinkClient links = LinkClient.Open(networkNamespace, clock);
        PacketRing? ring = null;
        try
        {
            LinkInfo link = links.GetLink(name);
            ring = new PacketRing(name, OpenSocket(networkNamespace, options.Bytes), links, clock);
            ring.Bind(link.Index);
            ring.WarnOfLimits(options);
            return ring;
        }
        catch
        {
            ring?.Dispose();
            links.Dispose();
            throw;
        }
    }

    /// <summary>Takes the packets that arrived; waits if there are none.</summary>
    /// <param name="packets">Receives them in order of arrival.</param>
    /// <param name="timeout">How long to wait for the first, <see cref="Timeout.InfiniteTimeSpan"/> forever.</param>
    /// <param name="cancellationToken">Ends the wait at once.</param>
    /// <returns>The number of packets; 0 on timeout.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="TunStatsException">The socket failed.</exception>
    public int Read(Span<PacketRecord> packets, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        long start = _timeProvider.GetTimestamp();
        if (_timeProvider.GetElapsedTime(_namedAt, start) >= CheckInterval)
        {
            _namedAt = start;
            CurrentName = _socket.ReadNewName() ?? CurrentName;
        }

        while (true)
        {
            int count = _reader.Take(packets);
            if (count > 0 || packets.IsEmpty)
            {
                // A block may be retired after the device went down, with packets from before: they do not prove that
                // it is up again.
                if (_downSince is { } since && _timeProvider.GetElapsedTime(since, DrainedAt) >= SettleTime)
                {
                    _downSince = null;
                }

                return count;
            }

            TimeSpan step = Step();
            if (timeout != Timeout.InfiniteTimeSpan)
            {
                TimeSpan left = timeout - _timeProvider.GetElapsedTime(start);
                if (left <= TimeSpan.Zero)
                {
                    return 0;
                }

                step = left < step ? left : step;
            }

            Wait(step, cancellationToken);
        }
    }

    /// <summary>The statistics since the ring was opened.</summary>
    public PacketRingStatistics ReadStatistics()
    {
        tpacket_stats_v3 statistics = _socket.TakeStatistics();
        _reader.HasLost = false;
        _received += statistics.tp_packets;
        _dropped += statistics.tp_drops;
        return new PacketRingStatistics(_received, _dropped, _reader.Skipped, _reader.Unreadable);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _socket.Dispose();
        _links.Dispose();
        _wait.Dispose();
    }

    /// <summary>Opens a ring of this size, or of the largest that the kernel has memory for.</summary>
    private static PacketRingSocket OpenSocket(NetworkNamespace? networkNamespace, long bytes)
    {
        while (true)
        {
            try
            {
                (uint blockSize, uint blocks) = RingBudget.Shape(bytes);
                return PacketRingSocket.Open(networkNamespace, blockSize, blocks);
            }
            catch (TunStatsException e)
                when (e.Kind == ErrorKind.CaptureOutOfMemory && bytes > RingBudget.Smallest)
            {
                bytes = Math.Max(bytes / 2, RingBudget.Smallest);
            }
        }
    }

    private void WarnOfLimits(PacketRingOptions options)
    {
        if (!CountsSegments)
        {
            options.Warn?.Invoke(
                $"{Name}: the kernel does not say how many packets a captured frame is on the wire (PACKET_VNET_HDR: "
                + $"{Libc.ErrorText(_socket.SegmentsError)}). Frames are counted: fewer packets than the other end "
                + "counts, where the device segments or merges them (TSO, GSO, GRO).");
        }

        // The rest of a division into blocks is not a limit.
        if (Bytes <= options.Bytes / 2)
        {
            options.Warn?.Invoke(string.Create(
                CultureInfo.InvariantCulture,
                $"{Name}: the kernel has memory for a ring of {Bytes / 1024} KiB, not of {options.Bytes / 1024} KiB; "
                + $"packets may be lost where many arrive at the same time. Count fewer devices, or free memory."));
        }
    }

    private void Bind(int index)
    {
        Errno errno = _socket.Bind(index);
        _isAway = errno is Errno.ENODEV or Errno.ENXIO or Errno.ENETDOWN;
        if (errno != Errno.None && !_isAway)
        {
            throw PacketRingErrors.From("bind", errno);
        }
    }

    private bool IsReadable(CancellationToken cancellationToken)
    {
        try
        {
            return _wait.Readable(_socket.Descriptor, cancellationToken);
        }
        catch (DescriptorException e)
        {
            throw new TunStatsException(ErrorKind.CaptureFailed, $"Packets cannot be captured: {e.Message}", e);
        }
    }

    private TimeSpan Step() => _downSince is { } since
        ? _timeProvider.GetElapsedTime(since) < QuickTime ? QuickInterval : AwayInterval
        : _isAway ? AwayInterval : CheckInterval;

    private void Wait(TimeSpan step, CancellationToken cancellationToken)
    {
        _wait.Start(step);
        bool isReady = IsReadable(cancellationToken);
        if (isReady && _reader.IsReady)
        {
            return;
        }

        // ENETDOWN: the device went down or was removed. Always read it, since a waiting thread sees an error only
        // once.
        Errno error = _socket.TakeError();
        if (error is Errno.ENETDOWN or Errno.ENODEV)
        {
            _downSince = _timeProvider.GetTimestamp();
        }

        if (error is not (Errno.None or Errno.ENETDOWN or Errno.ENODEV))
        {
            throw PacketRingErrors.From("poll", error);
        }

        Follow(cancellationToken);
    }

    /// <summary>
    /// Keeps the device, even if renamed, as long as it exists; then switches to the new one with its name.
    /// </summary>
    private void Follow(CancellationToken cancellationToken)
    {
        if (_socket.ReadBoundIndex() > 0)
        {
            return;
        }

        try
        {
            Bind(_links.GetLink(Name, cancellationToken).Index);
            Returns += _isAway ? 0 : 1;
            IsGone = false;
        }
        catch (TunStatsException e) when (e.Kind == ErrorKind.DeviceNotFound)
        {
            _isAway = true;
            IsGone = true;
        }
    }
}
