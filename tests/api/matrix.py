"""Who may ask for what."""

# Which role each route is for, written from the rules and not from the code. G graduate, E employer, C counsellor,
# K college, S school; the rest of the routes are open and listed in tests/house.
MATRIX = """
GET    /home                           G
GET    /me                             G
POST   /me/confirm                     G
GET    /me/name-card                   G
POST   /me/wechat-binding              G
GET    /me/wechat-binding/{binding}    G
POST   /me/wechat-binding/{binding}/agree    G
POST   /me/wechat-binding/{binding}/disown   G
GET    /invitations                    G E
POST   /invitations                    E
GET    /invitations/counts             E
GET    /invitations/{invitation}            G E
POST   /invitations/{invitation}/open       G
POST   /invitations/{invitation}/accept     G
POST   /invitations/{invitation}/refuse     G
POST   /invitations/{invitation}/take-back  G
POST   /invitations/{invitation}/withdraw   E
POST   /invitations/{invitation}/extend     E
POST   /invitations/{invitation}/replace    E
GET    /employer/me                    E
GET    /employers                      G C K S
POST   /graduate-lookups               E
POST   /agreement-previews             E
GET    /reviews                        C K S
GET    /reviews/counts                 C K S
POST   /reviews/bulk-approve            C K S
POST   /graduates/find                 C K S
GET    /graduates/{graduate}           C K S
POST   /filings/{filing}/assist        C K S
GET    /voids                          C K S
GET    /school-settings                C K S
GET    /graduates/{graduate}/filing-kinds  C K S
POST   /graduates/{graduate}/filings   C K S
GET    /colleges                       C K S
GET    /reason-templates/online_signing  C K S
GET    /my/filing-kinds                G
GET    /my/filings                     G C K S
POST   /my/filings                     G
GET    /my/filings/{filing}              G C K S
POST   /my/filings/{filing}/save         G C K S
POST   /my/filings/{filing}/submit       G C K S
POST   /my/filings/{filing}/withdraw     G C K S
POST   /my/filings/{filing}/discard      G C K S
GET    /my/transfers/archive            G
POST   /my/transfers/archive/keep       G
POST   /my/claims/{claim}/void           G
GET    /filings/{filing}                 C K S
GET    /filings/{filing}/editor          C K S
POST   /filings/{filing}/return          C K S
POST   /filings/{filing}/edit            C K S
POST   /filings/{filing}/take-up         C K S
POST   /filings/{filing}/hold            C K S
DELETE /filings/{filing}/hold            C K S
POST   /filings/{filing}/approve         C K S
POST   /filings/{filing}/reject          C K S
GET    /terminations                   S
POST   /terminations                   G E
GET    /terminations/{termination}            G E C K S
POST   /terminations/{termination}/accept     G E
POST   /terminations/{termination}/refuse     G E
POST   /terminations/{termination}/cancel     G E
POST   /terminations/{termination}/ask-help   G E
POST   /terminations/{termination}/settle     S
GET    /unreachable                    C K S
GET    /unreachable/counts             C K S
GET    /agreements/{claim}/link          G E K S
GET    /my/claims/{claim}/return-link    G
POST   /my/claims/{claim}/return-link    G
DELETE /my/claims/{claim}/return-link    G
POST   /uploads                        G C K S
GET    /uploads/{upload}                 G C K S
DELETE /uploads/{upload}                 G C K S
GET    /messages                       G E C K S
GET    /messages/counts                G E C K S
POST   /messages/{message}/read          G E C K S
POST   /messages/read-all              G E C K S
GET    /me/notices                     G E C K S
POST   /me/notices/refusals/clear      G E C K S
POST   /me/notices/closed              G E C K S
GET    /deliveries                     C K S
"""
