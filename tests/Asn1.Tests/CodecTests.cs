namespace Ccr.Asn1.Tests;

/// <summary>Decoding, encoding, JSON and value notation.</summary>
public sealed class CodecTests
{
    [Fact]
    public void A_wrong_tag_is_told_with_its_place()
    {
        byte[] octets = Convert.FromHexString("A30A" + "800101" + "A102" + "0400" + "820100");

        Asn1Exception error = Assert.Throws<Asn1Exception>(
            () => Asn1Schema.Ccr.Decode("CCR-Session", "Session-message", octets));

        Assert.Equal(
            "Session-message.trans-open.servers[0]: tag [UNIVERSAL 12] is due, not [UNIVERSAL 4].", error.Message);
    }

    [Fact]
    public void A_value_is_shown_in_value_notation()
    {
        Asn1Value value = Asn1Schema.Ccr.FromJson(
            "CCR-Session", "Session-message",
            """{"trans-open":{"reference":7,"servers":["tokyo.files","osaka.files"],"timeout-ms":30000}}""");

        Assert.Equal(
            """
            trans-open : {
              reference 7,
              servers { "tokyo.files", "osaka.files" },
              timeout-ms 30000
            }
            """.ReplaceLineEndings("\n"),
            value.ToText());
    }

    [Fact]
    public void Defaults_are_left_out()
    {
        Asn1Value value = Asn1Schema.Ccr.FromJson(
            "CCR", "CCR-APDUS",
            """{"c-INITIALIZE-RI":{"version-number":["version2"],"ready-collision-reservation":true}}""");

        Assert.Equal("AB00", Convert.ToHexString(Asn1Schema.Encode(value)));
    }

    [Fact]
    public void Profile_data_inside_user_data_is_opened()
    {
        string json = """{"c-ROLLBACK-RI":{"user-data":[{"indirect-reference":5,"encoding":"""
            + """{"single-ASN1-type":{"refusal":{"code":"timeout","text":"late"}}}}]}}""";
        byte[] octets = Asn1Schema.Encode(Asn1Schema.Ccr.FromJson("CCR", "CCR-APDUS", json));

        Asn1Value value = Asn1Schema.Ccr.Decode("CCR", "CCR-APDUS", octets);

        Assert.Equal(json, value.ToJson()!.ToJsonString());
        Assert.Contains("code timeout", value.ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_of_another_context_stays_closed()
    {
        byte[] octets = Convert.FromHexString("A70B" + "BE09" + "2807" + "020107" + "A002" + "0500");

        Asn1Value value = Asn1Schema.Ccr.Decode("CCR", "CCR-APDUS", octets);

        Assert.Contains("\"single-ASN1-type\":\"0500\"", value.ToJson()!.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(octets, Asn1Schema.Encode(value));
    }

    [Fact]
    public void What_a_later_version_added_survives_the_round_trip()
    {
        // ask-status with a reference and an element [9] that this version does not know.
        byte[] octets = Convert.FromHexString("BF2006" + "800105" + "890101");

        Asn1Value value = Asn1Schema.Ccr.Decode("CCR-Session", "Session-message", octets);
        string json = value.ToJson()!.ToJsonString();

        Assert.Equal("""{"ask-status":{"reference":5,"...":["890101"]}}""", json);
        Assert.Equal(octets, Asn1Schema.Encode(Asn1Schema.Ccr.FromJson("CCR-Session", "Session-message", json)));
    }

    [Theory]
    [InlineData("""{"trans-open":{"reference":-1,"servers":[],"timeout-ms":0}}""", "outside of 0..")]
    [InlineData("""{"trans-open":{"reference":1,"servers":[""],"timeout-ms":0}}""", ".servers[0]: the count of char")]
    [InlineData("""{"trans-open":{"reference":1,"timeout-ms":0}}""", "trans-open.servers: it is missing")]
    [InlineData("""{"trans-open":{"reference":"1","servers":[],"timeout-ms":0}}""", "a whole number is due, not \"1\"")]
    [InlineData("""{"trans-open":{"reference":1,"servers":{},"timeout-ms":0}}""", "a list is due, not an object")]
    [InlineData("""{"trans-open":{"reference":1,"servers":[],"timeout-ms":0,"x":1}}""", "there is no component 'x'")]
    [InlineData("""{"trans-opened":{}}""", "there is no alternative 'trans-opened'")]
    [InlineData("""{"trans-close":{"reference":1,"action":1,"answer":"done"}}""", "action: an object is due, not 1")]
    [InlineData("""{"forget":5}""", "an object is due")]
    [InlineData("""[1,2""", "This is no JSON")]
    [InlineData("""null""", "an object with one member is due")]
    public void Bad_json_is_refused_with_the_path(string json, string says)
    {
        Asn1Exception error = Assert.Throws<Asn1Exception>(
            () => Asn1Schema.Ccr.FromJson("CCR-Session", "Session-message", json));

        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("A30A 800101 A1800000 820100", """{"trans-open":{"reference":1,"servers":[],"timeout-ms":0}}""")]
    [InlineData("A380 800101 A18100 820100 0000", """{"trans-open":{"reference":1,"servers":[],"timeout-ms":0}}""")]
    [InlineData("BF290B 800101 A106 04016F 04016B", """{"accomplished":{"reference":1,"text":"ok"}}""")]
    public void Every_form_of_ber_is_read(string hex, string json)
    {
        byte[] octets = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

        Assert.Equal(json, Asn1Schema.Ccr.Decode("CCR-Session", "Session-message", octets).ToJson()!.ToJsonString());
    }

    [Fact]
    public void Guess_puts_first_what_is_understood_whole()
    {
        Asn1Value value = Asn1Schema.Ccr.FromJson(
            "CCR-Location", "Location-message", """{"registered":{"reference":1,"lease-ms":5000}}""");

        IReadOnlyList<Asn1Match> matches = Asn1Schema.Ccr.Guess(Asn1Schema.Encode(value));

        Assert.Equal("CCR-Location", matches[0].Module);
        Assert.Equal(0, matches[0].UnknownCount);
        Assert.Empty(Asn1Schema.Ccr.Guess("nonsense"u8.ToArray()));
    }

    [Fact]
    public void Elements_deep_inside_one_another_are_refused()
    {
        byte[] octets = [0x05, 0x00];
        for (int i = 0; i < 200; i++)
        {
            octets = [0x30, 0x80, .. octets, 0x00, 0x00];
        }

        Asn1Schema schema = ModuleParserTests.Parse("A ::= CHOICE { a NULL, b B } B ::= SEQUENCE OF A", "IMPLICIT");

        Asn1Exception error = Assert.Throws<Asn1Exception>(() => schema.Decode("M", "A", octets));
        Assert.Contains("levels stand inside one another", error.Message, StringComparison.Ordinal);
    }
}
