using System.Collections.Generic;

namespace TunStats.Views;

/// <summary>A device in the live view, or several together: what one line says of it, and its last minutes.</summary>
/// <param name="Name">Its name.</param>
/// <param name="State">Link, queue and what waits in it, as text.</param>
/// <param name="RxRates">Bytes per second received, one value a second, oldest first.</param>
/// <param name="TxRates">Bytes per second sent.</param>
/// <param name="DropRates">Packets per second dropped, both directions.</param>
/// <param name="Drops">Packets dropped since the view began.</param>
internal sealed record LiveDevice(
    string Name,
    string State,
    IReadOnlyList<double> RxRates,
    IReadOnlyList<double> TxRates,
    IReadOnlyList<double> DropRates,
    ulong Drops);
