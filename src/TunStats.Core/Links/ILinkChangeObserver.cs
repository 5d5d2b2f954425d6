namespace TunStats.Links;

/// <summary>Is told of devices that come and go, in the order in which they did.</summary>
public interface ILinkChangeObserver
{
    /// <summary>Takes one change.</summary>
    /// <param name="change">What happened.</param>
    void OnLinkChange(in LinkChange change);
}
