namespace TunStats.Links;

/// <summary>Receives the changes of devices in order.</summary>
internal interface ILinkChangeObserver
{
    /// <summary>Receives one change.</summary>
    /// <param name="change">What happened.</param>
    void OnLinkChange(in LinkChange change);
}
