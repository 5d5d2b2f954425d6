namespace TunStats.Links;

/// <summary>What a text that a user gave selects: one interface by its name, or all that match a wildcard.</summary>
/// <param name="Name">The name; the text as it was given where it is a wildcard.</param>
/// <param name="Wildcard">The wildcard; null where the text is a name.</param>
/// <seealso cref="LinkClient.Select"/>
public readonly record struct LinkSelection(string Name, LinkNamePattern? Wildcard);
