namespace TunStats.Polling;

/// <summary>What happened to an alert.</summary>
public enum LinkAlertEvent
{
    /// <summary>The condition has held for the time that was asked for.</summary>
    Begin,

    /// <summary>The condition holds no more.</summary>
    End,
}
