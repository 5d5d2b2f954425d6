using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System;
using TunStats.Classes;
using TunStats.Export;
using TunStats.Flows;
using TunStats.IO;
using TunStats.Interop;
using TunStats.NetLog;
using TunStats.Peers;
using TunStats.Sessions;

namespace TunStats.Logging;

/// <summary>
/// Logs the connections of devices: a flow session whose windows become network log messages, with the physical traffic
/// of the layer below, and go to any number of sinks. An empty window makes no message. Nothing waits for a sink.
/// </summary>
internal sealed class NetLogger : IDisposable
{
    // Messages are at most 256 KiB long: these fit into a queue's memory.
    private const int MaxQueuedOfFiles = 128;

    private static readonly TimeSpan RoomCheckInterval = TimeSpan.FromMilliseconds(1);

    private readonly NetLoggerOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly NetLoggers _registry;
    private readonly LogEntryWriter _writer;
    private readonly NetLogMessageBuilder _builder;
    private readonly List<SinkQueue> _sinks = [];
    private readonly object _gate = new();
    private FlowSession? _session;
    private IReadOnlyList<string> _live = [];
    private CancellationToken _stop;
    private NetLoggerStatus _status;

    private NetLogger(
        NetLoggerOptions options, INetLoggerObserver observer, NetLoggers registry, TimeProvider timeProvider)
    {
        (_options, Observer, _registry, _timeProvider) = (options, observer, registry, timeProvider);
        Span<byte> id = stackalloc byte[8];
        SystemRandom.Fill(id);
        _status = new NetLoggerStatus
        {
            Name = options.Name,
            LoggerId = Convert.ToHexString(id),
            Device = "",
            NetworkNamespace = options.Flows.NetworkNamespace,
            Since = timeProvider.GetUtcNow().UtcDateTime,
        };
        _builder = new NetLogMessageBuilder(options.Messages);
        _writer = new LogEntryWriter(_status.LoggerId, options.Messages.Schema);
        Metrics = new LoggerMetrics(() => Status);
        Peers = new PeerMetrics(timeProvider, options.Flows.NetworkNamespace);
        Metrics.Add(Peers);
    }

    /// <summary>Takes what the logger has to say; may change before the logger runs.</summary>
    public INetLoggerObserver Observer { get; set; }

    /// <summary>Whether there is anything to log: a wildcard without a match is not an error.</summary>
    public bool HasSources => _session!.HasSources;

    /// <summary>What users call it, such as the name of its job.</summary>
    public string Name
    {
        get => Status.Name;
        set
        {
            lock (_gate)
            {
                _status = _status with { Name = value };
            }
        }
    }

    /// <summary>When it began, UTC.</summary>
    public DateTime Since => Status.Since;

    /// <summary>Its totals for Prometheus.</summary>
    public LoggerMetrics Metrics { get; }

    /// <summary>The totals of its peers, which are part of <see cref="Metrics"/>.</summary>
    private PeerMetrics Peers { get; }

    /// <summary>What happened to messages that the observer puts into an output of its own; null for none.</summary>
    public Func<SinkStatus>? Output { get; set; }

    /// <summary>What it has done so far.</summary>
    public NetLoggerStatus Status
    {
        get
        {
            NetLoggerStatus status;
            lock (_gate)
            {
                status = _status with { Sinks = [.. _sinks.Select(sink => sink.Status)] };
            }

            // The output has locks of its own.
            return Output is null ? status : status with { Sinks = [.. status.Sinks, Output()] };
        }
    }

    /// <summary>
    /// Opens the devices and everything else: what can be wrong with the options, names and routes is found here.
    /// Counting begins with this call, from zero. A device that another logger logs is an error.
    /// </summary>
    /// <param name="options">What to log; the logger owns its sinks, also where this fails.</param>
    /// <param name="observer">Takes messages, errors and warnings.</param>
    /// <param name="registry">The loggers that must not log the same device; null for those of the process.</param>
    /// <param name="timeProvider">The clocks; null for the system's.</param>
    /// <param name="cancellationToken">Ends the wait for the kernel.</param>
    /// <inheritdoc cref="FlowSession.Open"/>
    public static NetLogger Open(
        NetLoggerOptions options,
        INetLoggerObserver observer,
        NetLoggers? registry = null,
        TimeProvider? timeProvider = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(observer);
        timeProvider ??= TimeProvider.System;
        return Open(
            options,
            observer,
            registry ?? NetLoggers.OfProcess,
            timeProvider,
            (logger, sink) => FlowSession.Open(
                options.Flows with
                {
                    PeerMetrics = logger.Peers,
                    PathChanged = change => logger.Observer.OnPathChange(change),
                },
                sink,
                timeProvider,
                cancellationToken));
    }

    /// <summary>As the public one, with a session of the caller's making.</summary>
    internal static NetLogger Open(
        NetLoggerOptions options,
        INetLoggerObserver observer,
        NetLoggers registry,
        TimeProvider timeProvider,
        Func<NetLogger, IFlowSink, FlowSession> open)
    {
        var logger = new NetLogger(options, observer, registry, timeProvider);
        try
        {
            logger.Open(open);
            return logger;
        }
        catch
        {
            logger.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Logs until every source is done or the token is cancelled. Then the windows under way are logged as the last,
    /// and the sinks have a limited time to take what is queued.
    /// </summary>
    /// <param name="cancellationToken">Ends the windows under way.</param>
    public void Run(CancellationToken cancellationToken)
    {
        _stop = cancellationToken;
        try
        {
            _session!.Run(cancellationToken);
        }
        finally
        {
            _registry.Remove(this);
            CompleteSinks();
            Metrics.RaisePublished();
        }
    }

    /// <inheritdoc cref="FlowSession.Reconfigure"/>
    public void Reconfigure(ClassifierOptions classes, CancellationToken cancellationToken = default) =>
        _session!.Reconfigure(classes, cancellationToken);

    /// <inheritdoc cref="FlowSession.ClassifierOf"/>
    internal FlowClassifier? ClassifierOf(string? source) => _session!.ClassifierOf(source);

    /// <summary>Opens the files of the sinks anew, for SIGHUP after a rotation by another program.</summary>
    public void ReopenFiles() => _sinks.ForEach(sink => sink.Reopen());

    /// <inheritdoc/>
    public void Dispose()
    {
        _registry.Remove(this);
        _session?.Dispose();
        _sinks.ForEach(sink => sink.Dispose());
    }

    private void Open(Func<NetLogger, IFlowSink, FlowSession> open)
    {
        // Their queues own them from here on, so that they are closed whatever happens.
        foreach (ILogSink sink in _options.Sinks)
        {
            Add(sink);
        }

        _session = open(this, new Windows(this));
        _options.Opened?.Invoke(_session);
        _live = [.. _session.LiveSources];
        string all = string.Join(", ", _live);
        _status = _status with { Device = all, Name = _options.Name.Length > 0 ? _options.Name : all };
        _registry.Add(this, NamespaceOf(_options.Flows.NetworkNamespace), _live);
        if (_session.HasSources)
        {
            OpenSinks(all);
        }
    }

    private void OpenSinks(string devices)
    {
        if (_options.File is { } file)
        {
            Add(FileSink.Open(file, _timeProvider, text => Observer.OnWarning(text)));
        }

        if (_options.Http is { } http)
        {
            Add(WithSpool(HttpSink.Open(http, _timeProvider)));
        }

        if (_options.Ipfix is { } ipfix)
        {
            string tunnel = ipfix.Tunnel.Length > 0 ? ipfix.Tunnel : devices;
            try
            {
                Add(new IpfixSink(ipfix with { Tunnel = tunnel }, _timeProvider));
            }
            catch (LogSinkException e)
            {
                // Other destinations have certificates, too.
                string option = nameof(NetLoggerOptions.Ipfix) + e.Option;
                throw new LogSinkException(e.Message, e.Failure, e) { Option = option };
            }
        }
    }

    private ILogSink WithSpool(HttpSink sink)
    {
        if (_options.HttpSpool is not { } spool)
        {
            return sink;
        }

        try
        {
            return new SpooledSink(
                sink,
                LogSpool.Open(spool, text => Observer.OnWarning(text)),
                _timeProvider,
                warn: text => Observer.OnWarning(text));
        }
        catch
        {
            sink.Dispose();
            throw;
        }
    }

    private void Add(ILogSink sink) =>
        _sinks.Add(new SinkQueue(sink, _timeProvider, warn: text => Observer.OnWarning(text)));

    private static FileIdentity NamespaceOf(string? text)
    {
        if (text is null)
        {
            // Without /proc all loggers that name no namespace are taken to be in the same one.
            return FileStatus.OfPath("/proc/thread-self/ns/net", follow: true, out FileStatus own) == Errno.None
                ? own.Identity
                : default;
        }

        using NetworkNamespace space = NetworkNamespace.Open(text);
        return space.Identity;
    }

    private void Take(FlowReport report)
    {
        // Messages are sorted by themselves.
        report.Top = _options.Flows.Top;
        string source = report.Window.Source ?? "";
        _builder.Use(_session!.ClassifierOf(source));
        _builder.Add(report);

        foreach (NetLogMessage built in _builder.BuildEach(report.Window.Start, report.Window.End))
        {
            NetLogMessage message = built.Numbered(_status.LoggerId, _status.Messages + 1);
            LogEntry entry = _writer.Write(_status.Messages + 1, message);
            lock (_gate)
            {
                _status = _status with
                {
                    Messages = entry.Sequence,
                    Bytes = _status.Bytes + entry.Line.Length,
                };
            }

            // A queue that is full drops the message and counts it; but a file can wait.
            if (!_live.Contains(source))
            {
                WaitForRoom();
            }

            _sinks.ForEach(sink => sink.TryAdd(entry));
            Observer.OnMessage(message);
        }

        lock (_gate)
        {
            _status = _status with
            {
                Windows = _status.Windows + 1,
                LastWindow = report.Window.End.ToDateTime(),
                Flows = _status.Flows + report.Count,
                PacketsLost = _status.PacketsLost + report.PacketsLost,
            };
        }

        Observer.OnWindow(report);
        Metrics.RaisePublished();
    }

    private void WaitForRoom()
    {
        while (_sinks.Exists(sink => sink.Status.QueuedMessages >= MaxQueuedOfFiles))
        {
            if (_stop.WaitHandle.WaitOne(RoomCheckInterval))
            {
                return;
            }
        }
    }

    private void CompleteSinks()
    {
        // Side by side: one that does not answer must not take the time of the others.
        Thread[] threads = [.. _sinks.Select(sink => new Thread(() => sink.Complete(_options.StopLimit))
        {
            IsBackground = true,
            Name = "TunStats stop",
        })];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        foreach (SinkStatus sink in _sinks.Select(queue => queue.Status).Where(status => status.Drops.Total > 0))
        {
            string count = CountText.Of(sink.Drops.Total, "message was", "messages were");
            Observer.OnWarning($"{sink.Name}: {count} not delivered.");
        }
    }

    /// <summary>The session's sink.</summary>
    private sealed class Windows(NetLogger logger) : IFlowSink
    {
        public void OnReport(FlowReport report) => logger.Take(report);

        public void OnError(Exception error, string source) => logger.Observer.OnError(error, source);

        public void OnWarning(string message) => logger.Observer.OnWarning(message);

        public void OnProgress(FlowProgress progress)
        {
            // A logger goes on without end; its status tells how far it is.
        }
    }
}
