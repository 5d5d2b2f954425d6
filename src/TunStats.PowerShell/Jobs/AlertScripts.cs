using System;
using System.Collections.Generic;
using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using TunStats.Polling;

namespace TunStats.PowerShell.Jobs;

/// <summary>The scripts of a job's alerts, in a runspace of their own that is opened at first use.</summary>
internal sealed class AlertScripts : IDisposable
{
    private readonly object _gate = new();
    private readonly AlertOptions _options;
    private readonly Action<object> _write;
    private Runspace? _runspace;
    private ScriptBlock? _when;
    private ScriptBlock? _action;
    private System.Management.Automation.PowerShell? _running;
    private bool _isStopped;

    /// <summary>Prepares the scripts.</summary>
    /// <param name="options">What they are.</param>
    /// <param name="write">Takes their objects and their records of every stream.</param>
    internal AlertScripts(AlertOptions options, Action<object> write)
    {
        _options = options;
        _write = write;
    }

    /// <summary>Evaluates the condition on a sample.</summary>
    /// <returns>Whether it is met; null if the script failed, with its error.</returns>
    internal (bool? IsMet, ErrorRecord? Error) Evaluate(LinkSample sample)
    {
        Open();
        (Collection<PSObject>? output, IReadOnlyList<ErrorRecord> errors) = Invoke(_when!, sample);
        return errors.Count > 0 || output is null
            ? (null, errors.Count > 0 ? errors[0] : null)
            : (LanguagePrimitives.IsTrue(output), null);
    }

    /// <summary>Runs the action for an alert; its objects and errors go to the job.</summary>
    internal void Act(LinkAlert alert)
    {
        if (_action is null)
        {
            return;
        }

        (Collection<PSObject>? output, IReadOnlyList<ErrorRecord> errors) = Invoke(_action, alert);
        foreach (PSObject value in output ?? [])
        {
            if (value is not null)
            {
                _write(value);
            }
        }

        foreach (ErrorRecord error in errors)
        {
            _write(error);
        }
    }

    /// <summary>Ends the script that runs, and lets no other one begin. Does not wait.</summary>
    internal void Stop()
    {
        lock (_gate)
        {
            _isStopped = true;
            _running?.BeginStop(null, null);
        }
    }

    public void Dispose() => _runspace?.Dispose();

    private void Open()
    {
        if (_runspace is not null)
        {
            return;
        }

        var state = InitialSessionState.CreateDefault2();
        state.LanguageMode = _options.LanguageMode;
        if (_options.ModulePath is { } module)
        {
            state.ImportPSModule([module]);
        }

        foreach ((string name, object? value) in _options.Variables)
        {
            state.Variables.Add(new SessionStateVariableEntry(name, value, string.Empty));
        }

        Runspace runspace = RunspaceFactory.CreateRunspace(state);
        runspace.ThreadOptions = PSThreadOptions.UseCurrentThread;
        runspace.Open();
        runspace.SessionStateProxy.Path.SetLocation(WildcardPattern.Escape(_options.Location));
        _runspace = runspace;
        _when = ScriptBlock.Create(_options.When);
        _action = _options.Action is { } action ? ScriptBlock.Create(action) : null;
    }

    private (Collection<PSObject>? Output, IReadOnlyList<ErrorRecord> Errors) Invoke(ScriptBlock script, object input)
    {
        using var shell = System.Management.Automation.PowerShell.Create();
        shell.Runspace = _runspace;

        // In the runspace's own scope, so that a script can keep what it needs from one call to the next.
        shell.AddCommand("Microsoft.PowerShell.Core\\ForEach-Object").AddParameter("Process", script);
        List<ErrorRecord> errors = [];
        Collection<PSObject>? output = null;
        lock (_gate)
        {
            if (_isStopped)
            {
                return (null, errors);
            }

            _running = shell;
        }

        try
        {
            output = shell.Invoke(new[] { input });
        }
        catch (PipelineStoppedException)
        {
            // The job ends.
        }
        catch (RuntimeException e)
        {
            errors.Add(e.ErrorRecord);
        }
        finally
        {
            lock (_gate)
            {
                _running = null;
            }
        }

        errors.InsertRange(0, shell.Streams.Error);
        WriteAll(shell.Streams.Warning);
        WriteAll(shell.Streams.Verbose);
        WriteAll(shell.Streams.Information);
        return (output, errors);
    }

    private void WriteAll<T>(PSDataCollection<T> records)
        where T : notnull
    {
        foreach (T record in records)
        {
            _write(record);
        }
    }
}
