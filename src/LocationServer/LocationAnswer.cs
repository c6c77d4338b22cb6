using Ccr.Protocol.Messages;

namespace Ccr.LocationServer;

/// <summary>What a look-up came to: a place, or the reason why there is none.</summary>
public sealed record LocationAnswer
{
    private LocationAnswer(Place? place, Refusal? refusal, bool cached)
    {
        Place = place;
        Refusal = refusal;
        Cached = cached;
    }

    /// <summary>Where the Server is; null when refused.</summary>
    public Place? Place { get; }

    /// <summary>Why no place is known; null when found.</summary>
    public Refusal? Refusal { get; }

    /// <summary>True when the answer was remembered, not asked for now.</summary>
    public bool Cached { get; private init; }

    /// <summary>The Server is at <paramref name="place"/>.</summary>
    public static LocationAnswer Found(Place place) => new(place, null, cached: false);

    /// <summary>No place is known, because of <paramref name="refusal"/>.</summary>
    public static LocationAnswer Refused(Refusal refusal) => new(null, refusal, cached: false);

    /// <summary>The same answer, given again from memory.</summary>
    internal LocationAnswer FromCache() => this with { Cached = true };
}
