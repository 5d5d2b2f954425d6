using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Threading;
using TunStats.Flows;
using TunStats.Interop;
using TunStats.NetLog;

namespace TunStats.Export;

/// <summary>
/// Flows to an IPFIX collector. Over TCP and TLS a batch counts as taken once the collector's kernel has acknowledged
/// it; a connection that breaks before is opened anew and gets the whole batch again. Over UDP nothing confirms it.
/// </summary>
internal sealed class IpfixSink : ILogSink
{
    private readonly IpfixOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly SslClientAuthenticationOptions? _tls;
    private readonly IpfixExporter _exporter;
    private IIpfixConnection? _connection;

    /// <summary>A sink; it connects with the first batch.</summary>
    /// <exception cref="LogSinkException">An option is not valid, or a certificate file not usable.</exception>
    internal IpfixSink(IpfixOptions options, TimeProvider? timeProvider = null)
    {
        options.Validate();
        _options = options;
        _timeProvider = timeProvider ?? TimeProvider.System;
        _exporter = new IpfixExporter(options, Statistics, _timeProvider);
        _tls = options.Target.Transport != IpfixTransport.Tls
            ? null
            : TlsTrust.CreateOptions(
                options.Target.Host, options.CaFile, options.CertificateFile, options.KeyFile);
    }

    /// <inheritdoc/>
    public string Name => $"ipfix {_options.Target}";

    /// <inheritdoc/>
    public bool UsesMessages => true;

    /// <summary>What was sent, and what was not.</summary>
    internal IpfixStatistics Statistics { get; } = new();

    /// <inheritdoc/>
    public void Write(IReadOnlyList<LogEntry> batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using var limit = new CancellationTokenSource(_options.TimeLimit, _timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        int taken = 0;
        try
        {
            IIpfixConnection connection = Connect(either.Token);
            for (int i = 0; i < batch.Count; i++)
            {
                if (batch[i].Message is { } message)
                {
                    _exporter.Write(message, either.Token);
                }

                // A datagram that is gone is all that UDP will ever know.
                taken = connection.IsLossy && _exporter.IsFlushed ? i + 1 : taken;
            }

            _exporter.Flush(either.Token);
            connection.Confirm(either.Token);
        }
        catch (Exception e) when (IsOfNetwork(e) && !cancellationToken.IsCancellationRequested)
        {
            Disconnect();
            throw new LogSinkException(Describe(e), LogSinkErrorKind.Transient, e) { Taken = taken };
        }
        catch
        {
            Disconnect();
            throw;
        }
    }

    /// <inheritdoc/>
    public void CountDropped(LogEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        if (entry.Message is not { } message)
        {
            return;
        }

        FlowCounts sum = default;
        foreach (FlowClass flowClass in NetLogMessage.Classes)
        {
            foreach (ConnectionCounts connection in message.Traffic(flowClass))
            {
                sum += connection.Counts;
            }
        }

        Statistics.CountNotSent(message.EntryCount, (long)sum.TotalPackets, (long)sum.TotalBytes);
    }

    /// <summary>Nothing is held back.</summary>
    public void Flush(CancellationToken cancellationToken)
    {
    }

    /// <summary>There is no file.</summary>
    public void Reopen()
    {
    }

    /// <inheritdoc/>
    public void Dispose() => Disconnect();

    private static bool IsOfNetwork(Exception e) =>
        e is SocketException or IOException or AuthenticationException or OperationCanceledException;

    private IIpfixConnection Connect(CancellationToken cancellationToken)
    {
        if (_connection is { IsUsable: true })
        {
            return _connection;
        }

        Disconnect();
        IpfixTarget target = _options.Target;
        IPAddress[] addresses = IPAddress.TryParse(target.Host, out IPAddress? literal)
            ? [literal]
            : Dns.GetHostAddressesAsync(target.Host, cancellationToken).GetAwaiter().GetResult();
        _connection = target.Transport == IpfixTransport.Udp
            ? IpfixUdpConnection.Open(addresses, target.Port, _options.MaxMessagesPerSecond, _timeProvider)
            : IpfixStreamConnection.Open(addresses, target.Port, _tls, _timeProvider, cancellationToken);
        _exporter.Begin(_connection);
        return _connection;
    }

    private void Disconnect()
    {
        _connection?.Dispose();
        _connection = null;
    }

    private string Describe(Exception e)
    {
        string why = (e as SocketException ?? e.InnerException) switch
        {
            SocketException
            {
                SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain,
            } => "the host name has no address",
            SocketException socket => Libc.ErrorText((Errno)socket.ErrorCode),
            _ when e is AuthenticationException =>
                "its certificate is not trusted, or it does not accept ours; check the name and the CA file",
            _ when e is OperationCanceledException => "the collector did not take everything within the time limit",
            _ => "the collector has closed the connection",
        };
        return $"IPFIX cannot be sent to {_options.Target}: {why}.";
    }
}
