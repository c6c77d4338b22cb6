using Ccr.Protocol.Apdus;
using Ccr.Protocol.Ber;

namespace Ccr.Protocol.Messages;

/// <summary>
/// Profile-data inside the user data of an APDU: one EXTERNAL with indirect-reference 5, the data context, that
/// holds it as single-ASN1-type (asn1/CCR-Profile.asn1).
/// </summary>
public static class ProfileUserData
{
    /// <summary>The presentation context of Profile-data.</summary>
    public const long DataContext = 5;

    extension(UserData)
    {
        /// <summary>User data with one value of this profile.</summary>
        public static UserData Of(ProfileData value)
        {
            BerWriter writer = new();
            value.Write(writer);
            return new UserData(new External(DataContext, ExternalEncoding.SingleAsn1Type, writer.Written));
        }
    }

    /// <summary>The profile's value in this user data; null when there is none, or none that can be read.</summary>
    public static ProfileData? Profile(this UserData user) =>
        user.OfContext(DataContext) is { Encoding: ExternalEncoding.SingleAsn1Type } external
            ? ProfileData.Decode(external.Value, out _)
            : null;
}
