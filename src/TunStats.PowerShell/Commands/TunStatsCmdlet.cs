using System;
using System.Management.Automation;
using System.Threading;
using TunStats.IO;
using TunStats.Interop;
using TunStats.Metrics;
using TunStats.PowerShell.Errors;

namespace TunStats.PowerShell.Commands;

/// <summary>What the cmdlets share: Ctrl+C as a token, and errors as records.</summary>
public abstract class TunStatsCmdlet : PSCmdlet, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Cancelled by Ctrl+C and anything else that stops the pipeline.</summary>
    private protected CancellationToken StopToken => _stopping.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    protected override void StopProcessing() => _stopping.Cancel();

    /// <summary>Closes what the cmdlet holds, at the end of the pipeline however it ends.</summary>
    /// <param name="disposing">Always true.</param>
    protected virtual void Dispose(bool disposing) => _stopping.Dispose();

    // These hide the methods of the base class, so that every text is escaped before it reaches the terminal.

    /// <summary>Writes a warning, with control characters escaped.</summary>
    private protected new void WriteWarning(string text) => base.WriteWarning(PrintableText.Escape(text));

    /// <summary>Writes an error, with control characters escaped.</summary>
    private protected new void WriteError(ErrorRecord record) => base.WriteError(Shown(record));

    /// <summary>Ends the pipeline with an error, with control characters escaped.</summary>
    private protected new void ThrowTerminatingError(ErrorRecord record) =>
        base.ThrowTerminatingError(Shown(record));

    /// <summary>Whether a parameter is given; a switch that is set to false is not.</summary>
    private protected bool Has(string parameter) =>
        MyInvocation.BoundParameters.TryGetValue(parameter, out object? value)
        && value is not SwitchParameter { IsPresent: false };

    /// <summary>Ends the pipeline where a parameter is given that has no effect.</summary>
    /// <param name="parameter">The parameter's name.</param>
    /// <param name="hasEffect">Whether the other parameter that it needs is given.</param>
    /// <param name="needed">That parameter, with its dash.</param>
    private protected void Require(string parameter, bool hasEffect, string needed)
    {
        if (!hasEffect && Has(parameter))
        {
            ThrowTerminatingError(
                ErrorRecords.NoEffect(parameter, needed, MyInvocation.BoundParameters[parameter]));
        }
    }

    /// <summary>Ends the pipeline where a parameter is given beside another that leaves it without effect.</summary>
    private protected void Exclude(string parameter, string other)
    {
        if (Has(parameter) && Has(other))
        {
            ThrowTerminatingError(
                ErrorRecords.NoEffectBeside(parameter, other, MyInvocation.BoundParameters[parameter]));
        }
    }

    /// <summary>Does one step of the pipeline: what the core throws ends it with an error record.</summary>
    /// <param name="step">The step.</param>
    /// <param name="target">The input that it is about.</param>
    private protected void Guard(Action step, object? target)
    {
        try
        {
            step();
        }
        catch (PipelineStoppedException)
        {
            throw;
        }
        catch (OperationCanceledException) when (StopToken.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }
        catch (TunStatsException e)
        {
            ThrowTerminatingError(ErrorRecords.From(e, target));
        }
    }

    /// <summary>
    /// Makes a file's full path of what PowerShell takes for one, such as a path on a drive of its own.
    /// </summary>
    /// <param name="path">The path, relative to PowerShell's location; no wildcards.</param>
    private protected string ResolveFile(string path)
    {
        string full = SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out ProviderInfo provider, out _);
        if (provider.Name != "FileSystem")
        {
            ThrowTerminatingError(ErrorRecords.NotAFilePath(path, provider.Name));
        }

        // PowerShell drops the slash that says directory.
        return path.EndsWith('/') && !full.EndsWith('/') ? full + "/" : full;
    }

    /// <summary>Refuses a time that is shorter than the least or longer than a day.</summary>
    private protected void RequireTime(string id, string parameter, TimeSpan value, TimeSpan least)
    {
        if (value < least || value > TimeSpan.FromDays(1))
        {
            ThrowTerminatingError(ErrorRecords.TimeOutOfRange(id, parameter, value, least));
        }
    }

    /// <summary>Serves metrics where that is asked for.</summary>
    /// <param name="text">The address; null for none.</param>
    /// <param name="hosts">The host names that requests may name.</param>
    /// <param name="force">Whether other machines may reach it.</param>
    /// <param name="metrics">The totals.</param>
    private protected MetricsEndpoint? OpenEndpoint(string? text, string[] hosts, bool force, MetricsSource metrics)
    {
        if (text is null)
        {
            return null;
        }

        MetricsEndpointAddress address = MetricsEndpointAddress.Parse(text, force);
        MetricsEndpoint endpoint = MetricsEndpoint.Open(address, metrics, hosts: new MetricsHosts(hosts));
        if (!address.IsLoopback)
        {
            WriteWarning(
                $"Other machines can read the metrics at {endpoint.Url}: the endpoint has no authentication. "
                + "Restrict access with a firewall.");
        }

        return endpoint;
    }

    /// <summary>Opens the network namespace that a parameter names, or none.</summary>
    /// <param name="text">The parameter's value.</param>
    private protected static NetworkNamespace? OpenNamespace(string? text) =>
        text is null ? null : NetworkNamespace.Open(text);

    private ErrorRecord Shown(ErrorRecord record) => ErrorRecords.Printable(
        FileHint.Add(record, SessionState.Path.CurrentFileSystemLocation.ProviderPath));
}
